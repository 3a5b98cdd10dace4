"""Which column types may refer to which, as real servers answered; made by `make truth`.

A type that is missing as a target is one that no unique index can stand on.
"""

from __future__ import annotations

from collections.abc import Mapping

from referee.schema.providers import Provider

# The server that answered, by provider.
SERVERS: Mapping[Provider, str] = {
    "postgresql": "PostgreSQL 18.6",
    "mysql": "MariaDB 10.11.19",
}

# By provider and native type of the key: the native types that it may refer to.
ACCEPTED: Mapping[Provider, Mapping[str, str]] = {
    "postgresql": {
        "SmallInt": "BigInt Decimal DoublePrecision Integer Oid Real SmallInt",
        "Integer": "BigInt Decimal DoublePrecision Integer Oid Real SmallInt",
        "BigInt": "BigInt Decimal DoublePrecision Integer Oid Real SmallInt",
        "Decimal": "Decimal DoublePrecision Real",
        "Money": "Money",
        "Inet": "Inet",
        "Oid": "Oid",
        "Citext": "Citext Text VarChar",
        "Real": "DoublePrecision Real",
        "DoublePrecision": "DoublePrecision Real",
        "VarChar": "Char Text VarChar",
        "Char": "Char Text VarChar",
        "Text": "Char Text VarChar",
        "ByteA": "ByteA",
        "Timestamp": "Date Timestamp Timestamptz",
        "Timestamptz": "Date Timestamp Timestamptz",
        "Date": "Date Timestamp Timestamptz",
        "Time": "Time Timetz",
        "Timetz": "Timetz",
        "Boolean": "Boolean",
        "Bit": "Bit VarBit",
        "VarBit": "Bit VarBit",
        "Uuid": "Uuid",
        "Xml": "",
        "Json": "",
        "JsonB": "JsonB",
    },
    "mysql": {
        "Int": "Int",
        "UnsignedInt": "UnsignedInt",
        "SmallInt": "SmallInt",
        "UnsignedSmallInt": "UnsignedSmallInt",
        "TinyInt": "TinyInt",
        "UnsignedTinyInt": "UnsignedTinyInt Year",
        "MediumInt": "Date MediumInt",
        "UnsignedMediumInt": "UnsignedMediumInt",
        "BigInt": "BigInt",
        "UnsignedBigInt": "UnsignedBigInt",
        "Decimal": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "Float": "Float",
        "Double": "Double",
        "Bit": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "Char": "Char VarChar",
        "VarChar": "Char VarChar",
        "Binary": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "VarBinary": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "TinyBlob": "",
        "Blob": "",
        "MediumBlob": "",
        "LongBlob": "",
        "TinyText": "",
        "Text": "",
        "MediumText": "",
        "LongText": "",
        "Date": "Date MediumInt",
        "Time": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "DateTime": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "Timestamp": "Binary Bit DateTime Decimal Time Timestamp VarBinary",
        "Year": "UnsignedTinyInt Year",
        "Json": "",
    },
}
