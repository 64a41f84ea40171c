"""Calls and actions, put together from who may ask, where to, what is recorded, and what is answered later."""

from __future__ import annotations

from roadworthy.assembly.acting import Acting, acting_of
from roadworthy.assembly.admitting import Known, admitting_of
from roadworthy.assembly.callers import Callers
from roadworthy.assembly.deciding import Deciding
from roadworthy.assembly.gateway import Gateway, gateway_of, upstreams_of
from roadworthy.assembly.given_up import telling_of
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.later import AnswersLater, later_of
from roadworthy.assembly.letter_alarms import alarms_of
from roadworthy.assembly.secrets import secrets_of
from roadworthy.assembly.telemetry import telemetry_of
from roadworthy.operate.actions.catalogue.compiled import Catalogues
from roadworthy.operate.calls.secrets.memory import SealedSecrets


def calling_of(ground: Ground, people: Callers, known: Known, rights: Deciding) -> tuple[Gateway, AnswersLater, Acting]:
    """Put it together.

    Args:
        ground: store, units, resources.
        people: whose tokens are believed, and how people are told.
        known: status of certificates, and releases.
        rights: who is asked about held calls and secrets.
    """
    others = (upstreams_of(ground), SealedSecrets(), Catalogues(ground.resources))
    admitting = admitting_of(ground, known, others=others, people=people, approvals=rights)
    gateway = gateway_of(ground, admitting, telemetry_of(ground), secrets_of(ground, rights))
    acting = acting_of(ground, known, rights, gateway)
    acting.keeping.ground.ended.extend([telling_of(ground, people), alarms_of(ground, people)])
    return gateway, later_of(ground, people, gateway), acting
