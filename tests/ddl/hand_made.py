# ruff: noqa: E501 - a line of a schema is a line
"""Schemas with every form of key, index, name and relation, by database."""

from __future__ import annotations

from referee.schema.providers import Provider

HEAD = """\
generator client {{
  provider        = "prisma-client"
  previewFeatures = ["partialIndexes", "postgresqlExtensions", "views"]
}}

datasource db {{
  provider = "{provider}"
{settings}}}

"""

RELATIONS = """\
model Person {
  id       KEY      @id
  email    String   @unique
  nick     String?  @unique(map: "one_nick")
  boss     Person?  @relation("Boss", fields: [bossId], references: [id])
  bossId   KEY?     @map("boss id")
  staff    Person[] @relation("Boss")
  friends  Person[] @relation("Friends")
  friendOf Person[] @relation("Friends")
  badges   Badge[]
  zones    Zone[]   @relation("zone_people")
  profile  Profile?
  seats    Seat[]
  cut      TableWithALongName[]
  long     Zone[]   @relation("a_relation_whose_name_goes_on_and_on_until_it_is_cut")
  hidden   Hidden[] @ignore
}

model Badge {
  id      String   @id @default(cuid())
  holders Person[]
  at      DateTime @default(now())
  level   Level    @default(LOW)
}

model Zone {
  id     Int      @id
  people Person[] @relation("zone_people")
  more   Person[] @relation("a_relation_whose_name_goes_on_and_on_until_it_is_cut")
}

model Profile {
  person   Person @relation(fields: [personId], references: [id], onDelete: NoAction)
  personId KEY    @id
}

model Row {
  hall   Int
  number Int
  seats  Seat[]

  @@id([hall, number])
  @@map("rows")
}

model Seat {
  hall   Int
  number Int?
  place  Int     @default(4)
  row    Row?    @relation(fields: [hall, number], references: [hall, number])
  person Person? @relation(fields: [email], references: [email], onUpdate: NoAction)
  email  String? @default("nobody")

  @@unique([number, email], map: "seat_unique")
  @@unique([hall, email], name: "client_name")
  @@id([hall, place], name: "client_id")
  @@index([email, place(sort: Desc)])
  @@index([place(sort: Asc)])
}

model TableWithALongName {
  id                                      Int    @id
  columnWhoseNameIsRatherLongToo          Person @relation(fields: [columnWhoseNameIsRatherLongTooPersonId], references: [id], onDelete: Cascade, onUpdate: Restrict)
  columnWhoseNameIsRatherLongTooPersonId  KEY    @unique

  @@index([columnWhoseNameIsRatherLongTooPersonId])
  @@map("table_with_a_name_that_alone_is_already_rather_long_überlang")
}

model Hidden {
  label  String
  person Person @relation(fields: [who], references: [id], onDelete: SetDefault)
  who    KEY    @default(1)

  @@index([label])
  @@ignore
}

enum Level {
  LOW  @map("low one")
  HIGH

  @@map("levels")
}
"""

EMULATED = """\
model Author {
  id    String  @id
  books Book[]
  clubs Club[]
}

model Book {
  id       String  @id
  author   Author? @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId String?

  @@index([authorId])
}

model Club {
  id      String   @id
  members Author[]
}
"""

POSTGRESQL = """\
enum Role {
  USER   @map("us er")
  QUOTED @map("it's")

  @@map("role \\"x")
  @@schema("one")
}

model User {
  id     Int       @id(map: "key of users")
  text   String
  short  String?   @db.VarChar(5)
  at     DateTime
  is     Boolean
  data   Json
  list   Int[]
  uuid   String    @db.Uuid
  addr   String    @db.Inet
  role   Role      @default(QUOTED)
  roles  Role[]    @default([USER, QUOTED])
  n      Int       @default(autoincrement())
  posts  Post[]
  tags   Tag[]

  @@unique([text, short(sort: Desc)], name: "forClient", map: "mapped")
  @@unique([text, is], where: raw("short IS NOT NULL"), map: "some_texts")
  @@index([text(ops: raw("text_pattern_ops")), at(sort: Desc)])
  @@index([data], type: Gin)
  @@index([data(ops: JsonbPathOps)], type: Gin, map: "quo\\"ted")
  @@index([data(ops: JsonbOps)], type: Gin, map: "d2")
  @@index([list(ops: ArrayOps)], type: Gin)
  @@index([addr(ops: InetOps)], type: Gist)
  @@index([addr(ops: InetOps)], type: SpGist, map: "a2")
  @@index([text(ops: TextOps)], type: SpGist, map: "t2")
  @@index([id], type: Hash)
  @@index([short], type: Brin)
  @@index([uuid(ops: UuidMinMaxMultiOps), text(ops: TextBloomOps), id(ops: Int4MinMaxOps)], type: Brin, map: "b2")
  @@index([addr(ops: InetInclusionOps), at(ops: TimestampMinMaxMultiOps)], type: Brin, map: "b3")
  @@index([at(ops: TimestampBloomOps), n(ops: Int4BloomOps)], type: Brin, map: "b4")
  @@index([is], where: { short: null, is: true, text: { not: "it's" }, id: { not: null }, n: 7 })
  @@map("us.er")
  @@schema("one")
}

model Post {
  a      Int
  b      Int
  user   User @relation(fields: [userId], references: [id], map: "own name")
  userId Int  @map("user id")

  @@id([a, b], map: "own_key")
  @@schema("public")
}

model Tag {
  id    String @id
  users User[]

  @@schema("public")
}

model Hidden {
  x Int @unique

  @@ignore
  @@schema("public")
}

view Seen {
  x Int @unique

  @@schema("one")
}
"""

PARTIAL = """\
model Aside {
  id Int       @id
  s  String?
  b  Boolean
  n  Int
  d  DateTime? @map("the date")

  @@index([s], where: { s: "it's", b: { not: true }, n: 5, d: { not: null } })
  @@index([b], where: raw("n > 5 AND (b OR s LIKE 'x%')"))
  @@unique([n, b(sort: Desc)], where: { s: { not: "x" } })
}
"""

MYSQL = """\
model Text {
  id    Int    @id @default(autoincrement())
  body  String @db.Text
  title String
  bytes Bytes  @db.VarBinary(20)

  @@unique([body(length: 20), title])
  @@index([title(length: 10, sort: Desc), body(length: 5)])
  @@fulltext([body])
  @@fulltext([body, title], map: "full")
}

model Long {
  key String @db.Text

  @@id([key(length: 30)])
}
"""


def hand_made(provider: Provider) -> dict[str, str]:
    """Return schemas by name."""
    found: dict[str, str] = {}
    key, count = "Int", "Int @id @default(autoincrement())"
    if provider == "cockroachdb":
        key, count = "BigInt", "BigInt @id @default(autoincrement())"
    text = RELATIONS.replace("KEY      @id", f"{count}", 1).replace("KEY", key)
    if provider == "mysql":
        # InnoDB has no SET DEFAULT: MySQL refuses it, MariaDB keeps it as RESTRICT.
        text = text.replace(", onDelete: SetDefault", "")
    found["relations"] = _head(provider) + text
    mode = '  relationMode = "prisma"\n'
    found["relations without foreign keys"] = _head(provider, mode) + EMULATED
    if provider in ("postgresql", "sqlite"):
        found["partial indexes"] = _head(provider) + PARTIAL
    if provider == "postgresql":
        found["forms of PostgreSQL"] = (
            _head(provider, '  schemas = ["one", "public"]\n') + POSTGRESQL
        )
        extensions = '  extensions = [citext, ltree, hidden(map: "pg_trgm", schema: "public")]\n'
        found["extensions"] = _head(provider, extensions) + "model One {\n  id Int @id\n}\n"
    if provider == "mysql":
        found["forms of MySQL"] = _head(provider) + MYSQL
    return found


def _head(provider: Provider, settings: str = "") -> str:
    return HEAD.format(provider=provider, settings=settings)
