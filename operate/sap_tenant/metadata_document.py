"""$metadata: what this tenant declares, as EDMX of OData V2.

No raw document of a real tenant was found; this one is built after what clients imported from
theirs: several entity types, of which a client must find the right one.
"""

from functools import lru_cache
from typing import Final

from operate.sap_tenant.columns import (
    ARTIFACT_MEMBERS,
    COLUMNS,
    NAMESPACE,
    NAVIGATION,
    declared,
    set_of,
)

MEDIA_TYPE: Final = "application/xml;charset=utf-8"

_OTHERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "MessageProcessingLogErrorInformation": (
        "MessageGuid",
        {
            "MessageGuid": "Edm.String",
            "Type": "Edm.String",
            "LastErrorModelStepId": "Edm.String",
        },
    ),
    "MessageProcessingLogCustomHeaderProperty": (
        "Id",
        {"Id": "Edm.String", "Name": "Edm.String", "Value": "Edm.String"},
    ),
    "MessageProcessingLogAdapterAttribute": (
        "Id",
        {
            "Id": "Edm.String",
            "AdapterId": "Edm.String",
            "AdapterMessageId": "Edm.String",
            "Name": "Edm.String",
            "Value": "Edm.String",
        },
    ),
    "MessageProcessingLogAttachment": (
        "Id",
        {
            "Id": "Edm.String",
            "MessageGuid": "Edm.String",
            "TimeStamp": "Edm.DateTime",
            "Name": "Edm.String",
            "ContentType": "Edm.String",
            "PayloadSize": "Edm.Int64",
        },
    ),
    "MessageStoreEntry": (
        "Id",
        {
            "Id": "Edm.String",
            "MessageGuid": "Edm.String",
            "MessageStoreId": "Edm.String",
            "TimeStamp": "Edm.DateTime",
            "HasAttachments": "Edm.Boolean",
        },
    ),
    "MessageProcessingLogRun": (
        "Id",
        {
            "Id": "Edm.String",
            "RunStart": "Edm.DateTime",
            "RunStop": "Edm.DateTime",
            "LogLevel": "Edm.String",
            "OverallState": "Edm.String",
            "ProcessId": "Edm.String",
        },
    ),
}


@lru_cache(maxsize=2)
def metadata_document(*, with_predecessor: bool) -> bytes:
    """Give the document."""
    others = "".join(
        _entity_type(name, key, properties, "") for name, (key, properties) in _OTHERS.items()
    )
    columns = {name: COLUMNS[name] for name in declared(with_predecessor=with_predecessor)}
    navigation = "".join(
        f'<NavigationProperty Name="{name}" Relationship="{NAMESPACE}.Log_{name}" '
        f'FromRole="Log" ToRole="{name}"/>'
        for name in NAVIGATION
    )
    members = "".join(f'<Property Name="{name}" Type="Edm.String"/>' for name in ARTIFACT_MEMBERS)
    sets = "".join(
        f'<EntitySet Name="{set_of(kind)}" EntityType="{NAMESPACE}.{kind}"/>'
        for kind in (*_OTHERS, "MessageProcessingLog")
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
        '<edmx:DataServices m:DataServiceVersion="1.0" '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f'<Schema Namespace="{NAMESPACE}" '
        'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f"{others}{_entity_type('MessageProcessingLog', 'MessageGuid', columns, navigation)}"
        f'<ComplexType Name="IntegrationArtifact">{members}</ComplexType>'
        f"{_associations()}"
        f'<EntityContainer Name="EntityContainer" m:IsDefaultEntityContainer="true">{sets}'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    ).encode()


def _associations() -> str:
    return "".join(
        f'<Association Name="Log_{name}">'
        f'<End Type="{NAMESPACE}.MessageProcessingLog" Multiplicity="1" Role="Log"/>'
        f'<End Type="{NAMESPACE}.{kind}" '
        f'Multiplicity="{"0..1" if name == "ErrorInformation" else "*"}" Role="{name}"/>'
        "</Association>"
        for name, kind in NAVIGATION.items()
    )


def _entity_type(name: str, key: str, properties: dict[str, str], more: str) -> str:
    lines = "".join(
        f'<Property Name="{prop}" Type="{kind}"'
        f"{' Nullable="false"' if prop == key or not kind.startswith('Edm.') else ''}/>"
        for prop, kind in properties.items()
    )
    return (
        f'<EntityType Name="{name}"><Key><PropertyRef Name="{key}"/></Key>{lines}{more}'
        "</EntityType>"
    )
