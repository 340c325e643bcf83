"""Command line functions that start a loop each; none is reached from a coroutine."""

import argparse
import asyncio


async def show(client):
    print(await client.status())


async def halt(client):
    await client.halt()


def run_command(name, client):
    commands = {"show": show, "halt": halt}
    asyncio.run(commands[name](client))


def main(make_client, arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["show", "halt"])
    run_command(parser.parse_args(arguments).command, make_client())
