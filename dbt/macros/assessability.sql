{#- The data a clause may need: what to say when it was never exported, and what to export from
    Salesforce, from HubSpot and from any other CRM. Lead fields are named as in the agreement. -#}
{% macro exportable_data() -%}
    {%- set fields = [
        ('name', 'names', 'FirstName, LastName', 'First Name, Last Name'),
        ('company', 'companies', 'Company', 'Company Name'),
        ('role', 'job titles', 'Title', 'Job Title'),
        ('email', 'e-mail addresses', 'Email', 'Email'),
        ('source', 'sources', 'LeadSource', 'Original Source'),
        ('score', 'scores', 'Lead_Score__c', 'HubSpot Score'),
        ('industry', 'industries', 'Industry', 'Industry'),
        ('employees', 'numbers of employees', 'NumberOfEmployees', 'Number of Employees'),
        ('country', 'countries', 'Country', 'Country/Region'),
        (
            'reason',
            'reasons of rejections',
            'Disqualification_Reason__c',
            'Disqualification Reason',
        ),
        ('note', 'notes on rejections', 'Disqualification_Note__c', 'Disqualification Note'),
    ] -%}
    {%- set data = [
        (
            'mql_history',
            'when leads became MQLs',
            'LeadHistory.csv with changes of Status',
            'contacts_property_history.csv with lifecyclestage',
            'lead_history with changes of status, or mql_at of leads',
        ),
        (
            'closing_history',
            'when leads were rejected, given up or recycled',
            'LeadHistory.csv with changes of Status',
            'contacts_property_history.csv with hs_lead_status',
            'lead_history with changes of status, or rejected_at, dead_at and recycled_at of leads',
        ),
        (
            'closings',
            'which leads were rejected, given up or recycled',
            'LeadHistory.csv with changes of Status',
            'contacts_property_history.csv with hs_lead_status',
            'lead_history with changes of status, or rejected_at, dead_at and recycled_at of leads',
        ),
        (
            'users',
            'who the owners are',
            'User.csv and UserRole.csv',
            'owners.csv',
            'users with user_id and team',
        ),
        (
            'sales_reps',
            'which owners are sales reps',
            'UserRole.csv, with its roles listed in team_roles.csv',
            'owners.csv with teams that team_roles.csv lists',
            'users with teams that team_roles.csv lists',
        ),
        (
            'owner_history',
            'when leads changed owners',
            'LeadHistory.csv with changes of Owner',
            'contacts_property_history.csv with hubspot_owner_id',
            'lead_history with changes of owner',
        ),
        (
            'activities',
            'activities',
            'Task.csv and Event.csv',
            'calls.csv, emails.csv and meetings.csv',
            'touches',
        ),
        (
            'reviews',
            'rulings of marketing on rejections',
            'reviews.csv',
            'reviews.csv',
            'reviews',
        ),
    ] -%}
    {%- for field, words, salesforce, hubspot in fields -%}
        {%- do data.append(
            (
                field,
                words ~ ' of leads' if 'rejections' not in words else words,
                'Lead.csv with ' ~ salesforce,
                'contacts.csv with ' ~ hubspot,
                field ~ ' of leads',
            )
        ) -%}
    {%- endfor -%}
    {{ return(data) }}
{%- endmacro %}

{#- The lead fields whose columns a CRM may or may not deliver. -#}
{% macro exportable_fields() -%}
    {{ return([
        'name', 'company', 'role', 'email', 'source', 'score', 'industry', 'employees', 'country',
        'reason', 'note', 'owner_assigned_at',
    ]) }}
{%- endmacro %}

{#- Whether any row has the column of each of these fields. -#}
{% macro are_delivered(leads) -%}
    {%- for field in exportable_fields() %}
    count({{ leads }}.{{ field }}) > 0 as {{ field }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Clauses and the data without which nothing can be said of them. What the lead definition and
    the required fields ask for comes from the agreement (int_clause_needs). -#}
{% macro clause_needs() -%}
    {{ return([
        ('handoff', 'mql_history'),
        ('handoff', 'users'),
        ('handoff', 'sales_reps'),
        ('handoff', 'owner_history'),
        ('speed_to_lead', 'mql_history'),
        ('speed_to_lead', 'users'),
        ('speed_to_lead', 'sales_reps'),
        ('speed_to_lead', 'activities'),
        ('disposition', 'closing_history'),
        ('disposition', 'users'),
        ('disposition', 'sales_reps'),
        ('feedback', 'closings'),
        ('feedback', 'reason'),
        ('cadence', 'closings'),
        ('cadence', 'users'),
        ('cadence', 'sales_reps'),
        ('cadence', 'activities'),
        ('contest_review', 'closing_history'),
        ('contest_review', 'reviews'),
    ]) }}
{%- endmacro %}
