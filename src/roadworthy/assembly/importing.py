"""Importing actions, put together."""

from __future__ import annotations

from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import Ground
from roadworthy.operate.actions.catalogue.service import Imports
from roadworthy.operate.actions.systems.learning import Learning
from roadworthy.operate.actions.systems.processes import commands_of


def imports_of(ground: Ground, gateway: Gateway) -> Imports:
    """Put it together."""
    settings = ground.settings
    commands = commands_of(settings.action_commands)
    learning = Learning(gateway.secrets.upstreams, settings.upstream_hosts, settings.home, commands)
    return Imports(ground.store, ground.resources, learning)
