"""What columns are called, as data: for each target the names it goes by and the words that give it away.

`names` are compared whole, in lower case and without punctuation. `words` are sets of word beginnings that
must all occur, which is how questions are recognised however they are phrased; `unless` rules a match out.
The targets are paths of a `UseCase` as files write it, names of facts, or `keep`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """One target and how its columns are recognised."""

    target: str
    names: str
    """Separated by commas."""
    words: tuple[str, ...] = ()
    """Each a set of word beginnings, separated by spaces; `id$` is the whole word."""
    unless: str = ""


ORGANISATION = "organisation"
UNIT = "unit"
SHORT = "organisation.short"
"""Helps to name use cases; fills no field."""
IDENTITY = "identifiers[id]"
NAME = "name"
"""The name that Roadworthy itself gave, as its exports have it; it decides which use case a row is."""
TITLE = "title"

FIELDS: tuple[Meaning, ...] = (
    Meaning(NAME, "roadworthy name"),
    Meaning(
        IDENTITY,
        (
            "id, use case id, usecase id, identifier, use case identifier, inventory id, case id, "
            "reference, reference number, ref, unique id, unique identifier, ai use case id, project id, "
            "use case number, record id"
        ),
        ("use case id$",),
        "name",
    ),
    Meaning(
        TITLE,
        (
            "title, name, use case, use case name, ai use case, ai use case name, use case title, "
            "project name, project title, project, initiative, initiative name, solution name, "
            "tool application name, tool name, application name, ai system, ai system name, "
            "use case id name, use case name title, name of use case, ai application, solution, "
            "ai solution"
        ),
        ("name use case",),
        "product vendor why",
    ),
    Meaning(
        "purpose",
        (
            "purpose, summary, description, use case description, problem, problem solved, "
            "problem description, problem statement, intended purpose, purpose benefits, "
            "business problem, abstract, objective, overview, use case summary, brief description, "
            "business purpose, project description, ai use case description, what does it do, "
            "intended purpose and expected benefits"
        ),
        (
            "purpose benefit",
            "problem intended solve",
            "intended purpose",
        ),
    ),
    Meaning(
        "benefits",
        (
            "benefits, benefit, expected benefits, benefit description, business value, expected value, "
            "expected outcomes, business benefit"
        ),
        (
            "expected benefit",
            "benefit outcome",
        ),
    ),
    Meaning(
        "outputs",
        "outputs, output, system outputs, output description, ai outputs, model output",
        (
            "describ output",
            "system output",
        ),
    ),
    Meaning(
        "topic",
        (
            "topic, topic area, use case topic area, domain, subject area, business area, category, "
            "use case category, functional area"
        ),
        ("topic area",),
        "other explain",
    ),
    Meaning(
        "sector",
        "sector, industry",
    ),
    Meaning(
        "class",
        ("class, classification, ai classification, ai class, ai type, type of ai, kind of ai, ai category"),
    ),
    Meaning(
        "techniques",
        (
            "techniques, technique, ai technique, ai techniques, ai methods, method, methods, "
            "model class, technology, technologies, algorithms, algorithm, ai technology, model type"
        ),
        ("ai techniq",),
    ),
    Meaning(
        "stage",
        (
            "stage, stage of development, development stage, dev stage, status, use case status, "
            "lifecycle stage, life cycle stage, deployment phase, phase, current stage of development, "
            "maturity, lifecycle, project status, deployment status, current stage, sdlc stage, "
            "project stage"
        ),
        (
            "stage develop",
            "stage life cycle",
            "development stage",
        ),
    ),
    Meaning(
        "contact",
        (
            "contact, contact email, email, email address, e mail, contact name, point of contact, poc, "
            "contact person, contact information, public contact"
        ),
        (
            "email address",
            "point contact",
        ),
    ),
    Meaning(
        "owners.product",
        (
            "owner, product owner, use case owner, project owner, product manager, project lead, "
            "project manager, responsible person, lead, owner name, responsible"
        ),
    ),
    Meaning(
        "owners.platform",
        (
            "platform owner, technical owner, system owner, it owner, engineering owner, tech lead, "
            "technical lead, it lead, technology owner, service owner"
        ),
    ),
    Meaning(
        "owners.governance",
        (
            "governance owner, risk owner, compliance owner, control owner, model risk owner, "
            "governance lead, compliance lead, data protection officer"
        ),
    ),
    Meaning(
        "owners.business",
        (
            "business owner, executive sponsor, sponsor, business sponsor, process owner, "
            "accountable executive, p l owner, business lead, senior responsible owner"
        ),
    ),
    Meaning(
        "outcome.metric",
        ("kpi, metric, success metric, outcome metric, success measure, outcome, key metric, success criteria"),
    ),
    Meaning(
        "outcome.unit",
        "unit of measure, metric unit, kpi unit",
    ),
    Meaning(
        "outcome.baseline",
        "baseline, kpi baseline, baseline value, current value",
    ),
    Meaning(
        "outcome.target",
        "target, target value, kpi target, goal value",
    ),
    Meaning(
        "outcome.by",
        "target date, due date, target by, due by",
    ),
    Meaning(
        "outcome.owner",
        "outcome owner, kpi owner, metric owner, benefit owner",
    ),
    Meaning(
        "risk.impact",
        (
            "impact type, is high impact, high impact, high impact indicator, risk classification, "
            "impact classification, risk level, risk tier, risk rating, impact level, "
            "rights impacting or safety impacting, risk category, risk"
        ),
        (
            "rights impacting",
            "safety impacting",
            "case high impact",
        ),
        "provider justif",
    ),
    Meaning(
        "risk.personalData",
        (
            "contains pii, has pii, pii, pii indicator, involves pii, personal data, "
            "personal information, personally identifiable information, uses personal data, pii involved"
        ),
        (
            "pii$",
            "personally identifiable",
            "personal data",
            "personal information",
        ),
        "privacy assess",
    ),
    Meaning(
        "risk.autonomy",
        ("autonomous impact, autonomy, level of autonomy, degree of autonomy, decision autonomy, human involvement"),
        (
            "without direct human",
            "without human",
        ),
    ),
    Meaning(
        "risk.exposure",
        "public info, audience, exposure, user group, intended audience",
        ("disseminat public",),
    ),
    Meaning(
        "data[].name",
        (
            "data description, agency data, training data, data sources, data source, dataset, datasets, "
            "data, data used, training data description, agency owned data description, data inputs, "
            "input data"
        ),
        (
            "data train",
            "data evaluate",
            "owned data",
        ),
        "document link catalog appropriate",
    ),
    Meaning(
        "integrations[].system",
        (
            "integrations, integration, systems integrated, connected systems, source systems, "
            "interfaces, integrated systems, upstream systems, downstream systems"
        ),
    ),
    Meaning(
        "components[vendor].name",
        (
            "vendor, vendors, vendor name, vendor s name, vendor names, supplier, suppliers, provider, "
            "third party, contractor name, vendor product name"
        ),
    ),
    Meaning(
        "components[model].name",
        "model, models, model name, foundation model, llm, base model, model used, ai model",
    ),
    Meaning(
        "components[tool].name",
        "tool, tools, product, product name, commercial product, platform, commercial product name",
        (
            "name commercial product",
            "product or service",
        ),
    ),
    Meaning(
        "postures",
        ("frameworks, framework, regulations, compliance frameworks, applicable regulations, compliance requirements"),
    ),
    Meaning(
        "started",
        ("date initiated, start date, initiated, project start, date started, initiation date, project start date"),
        ("date initiat",),
    ),
    Meaning(
        "inUseSince",
        (
            "date implemented, operational date, operation date, go live date, go live, deployment date, "
            "production date, first production use, date operational, in production since, "
            "date deployed, implementation date, in use since, launch date"
        ),
        (
            "date operational",
            "date implement",
            "became operational",
            "date deploy",
        ),
    ),
    Meaning(
        "retired",
        ("date retired, retirement date, retired date, end date, sunset date, decommission date, retired on"),
        ("date retir",),
    ),
    Meaning(
        "identifiers[authority-to-operate]",
        "system name ato, system name, systems name, system s name, ato system, ato system name",
    ),
    Meaning(
        "links",
        (
            "link, url, links, urls, source code, code url, code link, pia url, link to data, "
            "documentation link, website, open source code url, enterprise data inventory url, "
            "repository, project url, web page, more information"
        ),
        (
            "link source code",
            "provid link",
            "source code link",
            "open source link",
            "link code",
            "pia link",
            "catalog link",
        ),
    ),
)
"""Of the use case itself, in order of precedence between equally good matches."""

LADDER: tuple[tuple[str, int], ...] = (
    (
        (
            "department, department name, ministry, company, company name, legal entity, entity, "
            "organisation, organization, organisation name, organization name, institution, enterprise, "
            "reporting organization, reporting department"
        ),
        0,
    ),
    (
        "agency, agency name, reporting agency, agency organization, subsidiary, group company",
        1,
    ),
    (
        (
            "bureau, bureau component, bureau component office, component, agency bureau, sub agency, "
            "subagency, business unit, division, operating unit, operating administration, "
            "bureau office, bureau department, organisation unit, organizational unit, unit, function, "
            "line of business"
        ),
        2,
    ),
    (
        ("office, sponsoring office, team, office name, branch, group, owning team, program office, program"),
        3,
    ),
)
"""What parts of an organisation are called, the widest first.

The widest that a table names is the organisation, the next one the unit.
"""

SHORT_NAMES = (
    "abr, abbreviation, agency abbreviation, department code, agency code, agency abbr, agency acronym, acronym, "
    "organisation code, organization code, department abbreviation"
)
