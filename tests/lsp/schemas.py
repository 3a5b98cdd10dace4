"""Small schemas that several tests open."""

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'

# One finding: `Post.authorId` has no index, on line 11.
ONE_FINDING = """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  posts Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
"""
RELATION_LINE = 11
CODE = "unindexed-foreign-key"

USERS = "model User {\n  id    Int    @id\n  posts Post[]\n}\n"
POSTS = """\
model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
"""
INDEXED_POSTS = POSTS.replace("Int\n}", "Int\n\n  @@index([authorId])\n}")
TWO_FINDINGS = ONE_FINDING.replace("Post[]\n", "Post[]\n  notes Note[]\n") + POSTS.replace(
    "Post", "Note"
)
