"""Every table in one place: importing this module makes the metadata whole."""

from complaints.domain import (
    account,
    agency,
    audit,
    call,
    case,
    client,
    clock,
    event,
    identifier,
    inbound,
    kpi,
    learning,
    message,
    number,
    outbox,
    person,
    referral,
    same,
    talk,
    warning,
)
from complaints.domain.base import Base

TABLE_MODULES = (
    account,
    agency,
    audit,
    call,
    case,
    client,
    clock,
    event,
    identifier,
    inbound,
    kpi,
    learning,
    message,
    number,
    outbox,
    person,
    referral,
    talk,
    same,
    warning,
)
metadata = Base.metadata
