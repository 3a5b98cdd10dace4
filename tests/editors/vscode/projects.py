"""The folders that windows are opened on; it knows what is in them and not what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lsp.schemas import DATASOURCE, ONE_FINDING, POSTS, USERS
from tests.project.folders import write

# One of each: a missing index, a delete that is refused, and an action that cannot work.
SHOP = """\
datasource db {
  provider = "postgresql"
}

model User {
  id       Int       @id
  posts    Post[]
  sessions Session[]
}

model Post {
  id       Int       @id
  author   User      @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
  comments Comment[]
}

model Comment {
  id     Int  @id
  post   Post @relation(fields: [postId], references: [id])
  postId Int
}

model Session {
  id     Int  @id
  user   User @relation(fields: [userId], references: [id], onDelete: SetNull)
  userId Int
}
"""

# What Prisma's own language server says as well stands on the line that says `both`.
SAID_BY_BOTH = """\
datasource db {
  provider = "postgresql"
}

model User {
  id       Int       @id
  posts    Post[]
  sessions Session[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}

model Session {
  id     Int  @id
  user   User @relation(fields: [userId], references: [id], onDelete: SetNull) // both
  userId Int

  @@index([userId])
}
"""
ADDED = "prisma/migrations/20260102000000_phone/migration.sql"
# The second migration fails on a table with rows; together they are in step with the schema.
MIGRATED = {
    "prisma/schema.prisma": """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String
  phone String
}
""",
    "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
    "prisma/migrations/20260101000000_init/migration.sql": """\
CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
""",
    ADDED: 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL;\n',
}


def one_folder(folder: Path) -> Path:
    """A schema of one file, a schema of several, and files that are none of Referee's business."""
    return write(
        folder,
        {
            "package.json": "{}",
            "notes.txt": "model User {\n",
            "seed.sql": "SELECT 1;\n",
            "one/schema.prisma": SHOP,
            "closed/schema.prisma": ONE_FINDING,
            "many/base.prisma": DATASOURCE,
            "many/posts.prisma": POSTS,
            "many/users.prisma": USERS,
        },
    )


def migrations(folder: Path) -> Path:
    """A schema with two migrations, and a script that is none."""
    return write(folder, {"package.json": "{}", "seed.sql": "SELECT 1;\n", **MIGRATED})


def several_folders(folder: Path) -> Path:
    """Folders with settings of their own; returns the file that names those of the workspace."""
    strict = {"referee.severity": {"unindexed-foreign-key": "error"}}
    names = ("postgres", "mysql", "strict")
    write(
        folder,
        {
            "postgres/schema.prisma": ONE_FINDING,
            "mysql/schema.prisma": ONE_FINDING.replace(", onDelete: Cascade", "").replace(
                "postgresql", "mysql"
            ),
            "strict/schema.prisma": ONE_FINDING,
            "strict/.vscode/settings.json": json.dumps(strict),
            "late/schema.prisma": ONE_FINDING,
            "shop.code-workspace": json.dumps({"folders": [{"path": name} for name in names]}),
        },
    )
    return folder / "shop.code-workspace"


# A shop whose schema fits into a window.
SHOWN = """\
datasource db {
  provider = "postgresql"
}

model Customer {
  id       Int       @id @default(autoincrement())
  email    String    @unique
  orders   Order[]
  invoices Invoice[]
}

model Order {
  id         Int         @id @default(autoincrement())
  placedAt   DateTime    @default(now()) @db.Timestamptz
  customer   Customer    @relation(fields: [customerId], references: [id], onDelete: Cascade)
  customerId Int
  items      OrderItem[]
}

model OrderItem {
  id      Int   @id @default(autoincrement())
  amount  Int
  order   Order @relation(fields: [orderId], references: [id])
  orderId Int
}

model Invoice {
  id         Int      @id @default(autoincrement())
  total      Decimal
  customer   Customer @relation(fields: [customerId], references: [id], onDelete: SetNull)
  customerId Int
}
"""


def shown(folder: Path) -> Path:
    """A shop whose schema fits into a window."""
    return write(folder, {"package.json": "{}", "prisma/schema.prisma": SHOWN})
