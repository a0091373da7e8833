"""Small lists of everyday words from which the sample's people and companies are put together.

Belongs here: words. No name is taken from a person or a company; every address ends in
`.example`, which nobody can register.
"""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Alan", "Amira", "Anna", "Ben", "Carla", "Chen", "Clara", "Dana", "David",
    "Elena", "Emil", "Eva", "Farid", "Felix", "Grace", "Hana", "Ida", "Igor", "Ines",
    "Ivan", "Jana", "Jonas", "Julia", "Karim", "Kate", "Lars", "Leo", "Lin", "Lucia",
    "Marco", "Maria", "Max", "Mia", "Nadia", "Nils", "Noor", "Olga", "Omar", "Paul",
    "Petra", "Priya", "Rosa", "Sam", "Sara", "Tariq", "Tim", "Vera", "Yara", "Zoe",
)  # fmt: skip

LAST_NAMES = (
    "Abel", "Adams", "Bauer", "Becker", "Berg", "Brooks", "Brown", "Carter", "Castro", "Chen",
    "Clark", "Costa", "Cruz", "Diaz", "Dubois", "Evans", "Fischer", "Fox", "Garcia", "Gray",
    "Haas", "Hansen", "Hill", "Huber", "Ivanov", "Jansen", "Jones", "Kaya", "Keller", "Khan",
    "Kim", "Klein", "Lang", "Lee", "Lopez", "Martin", "Mehta", "Meyer", "Moore", "Nair",
    "Novak", "Okafor", "Olsen", "Park", "Patel", "Perez", "Reed", "Rossi", "Roth", "Sato",
    "Schmidt", "Silva", "Singh", "Stone", "Tanaka", "Turner", "Vogel", "Weber", "Wong", "Young",
)  # fmt: skip

COMPANY_FIRST = (
    "Alder", "Amber", "Ardent", "Aspen", "Birch", "Bright", "Cedar", "Clear", "Cobalt", "Copper",
    "Coral", "Crest", "Dawn", "Delta", "Ember", "Fern", "Flint", "Granite", "Harbor", "Hazel",
    "Indigo", "Iron", "Juniper", "Lark", "Linden", "Maple", "Marble", "Meadow", "North", "Oak",
    "Ocean", "Opal", "Pine", "Quartz", "Raven", "River", "Sable", "Silver", "Slate", "Spruce",
    "Stone", "Summit", "Swift", "Thistle", "Timber", "Umber", "Vale", "Willow", "Winter", "Wren",
)  # fmt: skip

COMPANY_SECOND = (
    "bank", "bridge", "brook", "cliff", "court", "dale", "field", "ford", "gate", "grove",
    "haven", "hill", "holm", "land", "light", "mark", "mere", "mill", "moor", "peak",
    "point", "port", "ridge", "shore", "side", "spring", "stead", "ton", "view", "way",
)  # fmt: skip

COMPANY_FORM = ("Group", "Inc", "Labs", "Ltd", "Partners", "Systems", "Works", "& Co")
