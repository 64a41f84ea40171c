"""What agents do: commands about actions."""

import typer

commands = typer.Typer(help="Actions of agents, and what their systems say of them.", no_args_is_help=True)
