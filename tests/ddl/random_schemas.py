"""Random schemas over few names, so that two of them are mostly versions of each other."""

from __future__ import annotations

from random import Random

from referee.schema.providers import Provider

MODELS = ("Account", "Book", "City", "Door")
ENUM_VALUES = ("RED", "GREEN", "BLUE", "GREY")

# A field of each name: what it may be, without the datasource's native types.
SCALARS = ("String", "Int", "BigInt", "Float", "Decimal", "Boolean", "DateTime", "Json", "Colour")
DEFAULTS = {
    "String": ('"a"', '"it\'s"'),
    "Int": ("0", "7"),
    "BigInt": ("0", "12"),
    "Float": ("0.5", "2"),
    "Decimal": ("1.50", "3"),
    "Boolean": ("true", "false"),
    "DateTime": ("now()", '"2020-01-31T10:20:30Z"'),
    "Json": (),
    "Colour": ENUM_VALUES,
}
NATIVE_TYPES: dict[Provider, dict[str, tuple[str, ...]]] = {
    "postgresql": {
        "String": ("VarChar(20)", "VarChar(40)", "Uuid", "Char(3)"),
        "Int": ("SmallInt",),
        "Decimal": ("Decimal(10, 2)", "Decimal(20, 4)"),
        "DateTime": ("Timestamptz(6)", "Date"),
        "Float": ("Real",),
        "Json": ("Json",),
    },
    "mysql": {
        "String": ("VarChar(20)", "VarChar(40)", "Char(3)", "Text"),
        "Int": ("SmallInt", "UnsignedInt"),
        "Decimal": ("Decimal(10, 2)", "Decimal(20, 4)"),
        "DateTime": ("Timestamp(0)", "DateTime(6)"),
        "Float": ("Float",),
    },
}


def random_schema(random: Random, provider: Provider) -> str:
    """Return a schema with two to four models and their relations."""
    colours = random.sample(ENUM_VALUES, random.randint(2, 4))
    models = [name for name in MODELS if random.random() < 0.8] or [MODELS[0]]
    bodies = {name: _fields(random, provider, name, colours) for name in models}
    keys = {name: _key_type(random, provider) for name in models}
    for name in models:
        bodies[name].insert(0, _key(random, provider, name, keys[name]))
    for child in models:
        for number in range(random.randint(0, 2)):
            parent = random.choice(models)
            _relate(random, bodies, child, parent, keys[parent], number)
    pairs = [(a, b) for a in models for b in models if a < b]
    for first, second in pairs:
        if random.random() < 0.25:
            bodies[first].append(f"join{second} {second}[]")
            bodies[second].append(f"join{first} {first}[]")
    text = f'datasource db {{\n  provider = "{provider}"\n}}\n\n'
    text += "enum Colour {\n" + "".join(f"  {value}\n" for value in colours) + "}\n"
    for name in models:
        lines = "".join(f"  {line}\n" for line in bodies[name])
        text += f"\nmodel {name} {{\n{lines}}}\n"
    return text


def _key_type(random: Random, provider: Provider) -> str:
    return random.choice(("Int", "String", "BigInt") if provider != "sqlite" else ("Int", "String"))


def _key(random: Random, provider: Provider, model: str, type: str) -> str:
    is_mapped = provider == "postgresql" and random.random() < 0.2
    mapped = f'(map: "key_of_{model}")' if is_mapped else ""
    default = " @default(autoincrement())" if type != "String" and random.random() < 0.6 else ""
    return f"id {type} @id{mapped}{default}"


def _fields(random: Random, provider: Provider, model: str, colours: list[str]) -> list[str]:
    lines: list[str] = []
    indexable: list[str] = []
    # The first column, kind and size of every index: two of the same would share a name.
    written: set[tuple[str, str, int]] = set()
    for ordinal in range(6):
        if random.random() < 0.3:
            continue
        name = f"field{ordinal}"
        # The type of most fields is that of their place, so that it seldom changes.
        scalar = SCALARS[ordinal] if random.random() < 0.7 else random.choice(SCALARS)
        is_list = provider == "postgresql" and random.random() < 0.1
        arity = "[]" if is_list else random.choice(("", "?"))
        attributes = ""
        native = NATIVE_TYPES.get(provider, {}).get(scalar, ())
        native_type = random.choice(native) if native and random.random() < 0.4 else None
        if native_type is not None:
            attributes += f" @db.{native_type}"
        values = [v for v in DEFAULTS[scalar] if scalar != "Colour" or v in colours]
        takes_default = native_type not in ("Uuid", "Text", "Char(3)", "Date")
        if values and not is_list and takes_default and random.random() < 0.4:
            attributes += f" @default({random.choice(values)})"
        elif is_list and random.random() < 0.5:
            attributes += " @default([])"
        if scalar not in ("Json",) and not is_list and native_type != "Text":
            indexable.append(name)
            if random.random() < 0.15:
                attributes += " @unique"
                written.add((name, "@@unique", 1))
        lines.append(f"{name} {scalar}{arity}{attributes}")
    for _ in range(random.randint(0, 2)):
        if not indexable:
            break
        names = random.sample(indexable, min(len(indexable), random.randint(1, 2)))
        kind = random.choice(("@@index", "@@index", "@@unique"))
        sort = "(sort: Desc)" if random.random() < 0.2 else ""
        columns = ", ".join([f"{names[0]}{sort}", *names[1:]])
        mapped = f', map: "{model}_{random.randint(1, 3)}"' if random.random() < 0.3 else ""
        line = f"{kind}([{columns}]{mapped})"
        is_twice = (names[0], kind, len(names)) in written
        if not is_twice and not (mapped and any(mapped in each for each in lines)):
            written.add((names[0], kind, len(names)))
            lines.append(line)
    return lines


def _relate(
    random: Random,
    bodies: dict[str, list[str]],
    child: str,
    parent: str,
    key_type: str,
    number: int,
) -> None:
    relation = f"{child}{parent}{number}"
    is_optional = random.random() < 0.5
    mark = "?" if is_optional else ""
    action = random.choice(("", ", onDelete: Cascade", ", onDelete: Restrict, onUpdate: Restrict"))
    mapped = f', map: "fk_{relation}"' if random.random() < 0.2 else ""
    column = f"to{parent}{number}"
    bodies[child] += [
        f'{column} {parent}{mark} @relation("{relation}", fields: [{column}Id],'
        f" references: [id]{action}{mapped})",
        f"{column}Id {key_type}{mark}",
    ]
    if random.random() < 0.4:
        bodies[child].append(f"@@index([{column}Id])")
    bodies[parent].append(f'of{child}{number} {child}[] @relation("{relation}")')
