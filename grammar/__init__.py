"""The grammar of the Prisma schema language, as package data."""
