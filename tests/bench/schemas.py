"""Makes schemas of any size that look like real ones, the same ones on every machine.

The shares of everything follow the example schema in `examples/orchard`: about 10.8 fields and
1.9 foreign keys a model, one key in four without an index, two models that nearly everything
refers to, some keys optional, composite or one-to-one, and now and then a join table or a ring.
It deliberately knows nothing of the product: a schema here is text and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

AREAS = (
    *("Billing", "Calendar", "Chat", "Content", "Delivery", "Device", "Incident", "Inventory"),
    *("Knowledge", "Learning", "Market", "Media", "Order", "Payment", "People", "Plan"),
    *("Platform", "Project", "Report", "Review", "Search", "Support", "Task", "Travel"),
    *("Vendor", "Workflow"),
)
STAGES = (
    *("", "Archive", "Audit", "Batch", "Draft", "Export", "Import", "Internal", "Legacy", "Live"),
    *("Local", "Mobile", "Partner", "Policy", "Preview", "Public", "Quota", "Remote", "Shadow"),
    *("Shared", "Staging", "Sync", "Trial", "Web"),
)
THINGS = ("Account", "Entry", "Event", "Group", "Item", "Note", "Rule", "Step")
HUBS = ("User", "Workspace")
HUB_SHARES = (0.26, 0.12)
# Of hubs larger schemas have more, so that each gets a smaller share; 302 models: 164 keys.
HUB_MODELS = 300

SCALAR_FIELDS = (
    *("name String", "title String", "description String?", "slug String @unique"),
    *("position Int @default(0)", "isActive Boolean @default(true)", "color String?"),
    *("startsAt DateTime?", "endsAt DateTime?", "archivedAt DateTime?", "metadata Json?"),
    *('currency String @default("EUR") @db.Char(3)', "amount Decimal @db.Decimal(12, 2)"),
    *('externalRef String? @map("external_ref") @db.VarChar(64)', "notes String? @db.Text"),
    *("attempts Int @default(0)", "sizeBytes BigInt", "score Float?", "locale String @db.Char(5)"),
    *('payload Json @default("{}")', "url String @db.VarChar(2048)", "checksum Bytes?"),
    *("version Int @default(1)", 'kindCode String @default("standard") @db.VarChar(30)'),
)
ENUM_VALUES = ("DRAFT", "OPEN", "ACTIVE", "PAUSED", "FAILED", "DONE", "ARCHIVED")
ACTIONS = ("Cascade",) * 62 + ("SetNull",) * 31 + ("Restrict",) * 3 + ("",) * 4

HEAD = """\
generator client {
  provider = "prisma-client"
  output   = "../generated"
}

datasource db {
  provider = "postgresql"
}

"""


@dataclass(slots=True)
class Model:
    """A model under construction: its lines, without indentation and alignment."""

    name: str
    has_composite_key: bool = False
    fields: list[list[str]] = field(default_factory=list)
    back_fields: list[list[str]] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    enum: str | None = None
    parents: list[str] = field(default_factory=list)


def schema(models: int, seed: int = 1) -> str:
    """Return the text of a schema of that many models."""
    made = _models(models, Random(seed))
    return HEAD + "\n".join(_written(model) for model in made)


def schema_files(models: int, files: int, seed: int = 1) -> dict[str, str]:
    """Return a schema of that many models spread over files, by path."""
    written = [_written(model) for model in _models(models, Random(seed))]
    texts = {"schema.prisma": HEAD}
    for number in range(files - 1):
        part = written[number * models // (files - 1) : (number + 1) * models // (files - 1)]
        texts[f"parts/part{number:04}.prisma"] = "\n".join(part)
    return texts


def model_names(models: int) -> list[str]:
    """Return the names of the models of a schema of that many, in order."""
    names = list(HUBS)
    for number in range(models - len(HUBS)):
        area, thing = divmod(number, len(THINGS))
        round_, area = divmod(area, len(AREAS))
        extra, stage = divmod(round_, len(STAGES))
        names.append(f"{AREAS[area]}{STAGES[stage]}{THINGS[thing]}{extra or ''}")
    return names[:models]


def _models(count: int, chance: Random) -> list[Model]:
    made: list[Model] = []
    by_name: dict[str, Model] = {}
    for number, name in enumerate(model_names(count)):
        model = Model(name)
        made.append(model)
        by_name[name] = model
        _add_columns(model, chance)
        keys = 0 if number < 2 else chance.choices((0, 1, 2, 3, 4), (8, 35, 63, 21, 12))[0]
        for _ in range(keys):
            _add_key(model, _parent(number, made, chance), chance)
        if number > 4 and chance.random() < 0.05:
            _add_many_to_many(model, made[number - chance.randint(1, 3)])
        if chance.random() < 0.36:
            _add_unique(model, chance)
    for name in HUBS:
        if name in by_name:
            by_name[name].attributes.append('@@map("' + name.lower() + 's")')
    return made


def _add_columns(model: Model, chance: Random) -> None:
    model.fields.append(["id", "String", "@id @default(cuid())"])
    for column in chance.sample(SCALAR_FIELDS, chance.randint(1, 6)):
        model.fields.append(column.split(" ", 2))
    if chance.random() < 0.26:
        model.enum = f"{model.name}Status"
        model.fields.append(["status", model.enum, "@default(DRAFT)"])
        if chance.random() < 0.3:
            model.attributes.append("@@index([status])")
    model.fields.append(["createdAt", "DateTime", "@default(now())"])
    if chance.random() < 0.6:
        model.fields.append(["updatedAt", "DateTime", "@updatedAt"])


def _parent(number: int, made: list[Model], chance: Random) -> Model:
    """Return a hub, a model near by (a quarter of the time the model itself's area leader)."""
    share = min(1.0, HUB_MODELS / (number + 1))
    drawn = chance.random()
    for hub, part in zip(made, HUB_SHARES, strict=False):
        if drawn < part * share:
            return hub
        drawn -= part * share
    if chance.random() < 0.055:
        return made[number]
    leader = number - (number - len(HUBS)) % len(THINGS)
    if leader < number and chance.random() < 0.5:
        return made[leader]
    return made[max(0, number - chance.randint(1, 2 * len(THINGS)))]


def _add_key(model: Model, parent: Model, chance: Random) -> None:
    before = model.parents.count(parent.name)
    role = ("", "Second", "Third", "Fourth")[before]
    if parent is model:
        role = ("Parent", "Previous", "Origin", "Copy")[before]
    field_name = _small(parent.name) + role
    column = f"{field_name}Id"
    relation = f"{model.name}{role}To{parent.name}" if role or parent is model else ""
    is_single = chance.random() < 0.04
    action = chance.choice(ACTIONS)
    is_optional = parent is model or action == "SetNull" or chance.random() < 0.05
    if is_optional and action == "" and chance.random() < 0.5:
        action = "SetNull"
    mark = "?" if is_optional else ""
    arguments = [f'"{relation}"'] if relation else []
    arguments += [f"fields: [{column}]", "references: [id]"]
    if action:
        arguments.append(f"onDelete: {action}")
    model.fields.append([column, f"String{mark}", "@unique" if is_single else ""])
    model.fields.append([field_name, f"{parent.name}{mark}", f"@relation({', '.join(arguments)})"])
    back = _small(model.name) + role + ("" if is_single else "s")
    back_type = f"{model.name}?" if is_single else f"{model.name}[]"
    if parent is model:
        back = f"{back}Back"
    parent.back_fields.append([back, back_type, f'@relation("{relation}")' if relation else ""])
    model.parents.append(parent.name)
    drawn = chance.random()
    if not is_single and drawn < 0.6:
        model.attributes.append(f"@@index([{column}])")
    elif not is_single and drawn < 0.75:
        model.attributes.append(f"@@index([{column}, createdAt])")


def _add_many_to_many(model: Model, other: Model) -> None:
    name = f"{model.name}Links{other.name}"
    model.back_fields.append([f"links{other.name}", f"{other.name}[]", f'@relation("{name}")'])
    other.back_fields.append([f"linkedBy{model.name}", f"{model.name}[]", f'@relation("{name}")'])


def _add_unique(model: Model, chance: Random) -> None:
    columns = [
        each[0]
        for each in model.fields
        if each[1] in ("String", "Int") and not {"@id", "@unique"} & set(each[-1].split())
    ]
    if len(columns) > 1:
        model.attributes.append(f"@@unique([{', '.join(chance.sample(columns, 2))}])")


def _written(model: Model) -> str:
    rows = [(*each, "", "")[:3] for each in model.fields]
    backs = [(*each, "", "")[:3] for each in model.back_fields]
    lines = [f"/// One {model.name} of a workspace."] if len(model.name) % 7 == 0 else []
    lines.append(f"model {model.name} {{")
    lines += _aligned(rows)
    if backs:
        lines += ["", *_aligned(backs)]
    if model.attributes:
        lines += ["", *(f"  {each}" for each in model.attributes)]
    lines.append("}")
    if model.enum is not None:
        lines += ["", f"enum {model.enum} {{", *(f"  {each}" for each in ENUM_VALUES), "}"]
    return "\n".join(lines) + "\n"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as the official formatter would, in columns of equal width, ten at a time."""
    if len(rows) > 10:
        return [*_aligned(rows[:10]), *_aligned(rows[10:])]
    name_width = max(len(row[0]) for row in rows)
    type_width = max(len(row[1]) for row in rows)
    return [f"  {row[0]:{name_width}} {row[1]:{type_width}} {row[2]}".rstrip() for row in rows]


def _small(name: str) -> str:
    return name[0].lower() + name[1:]
