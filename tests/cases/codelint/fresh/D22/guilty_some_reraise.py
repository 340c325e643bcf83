async def attempt(action, on_error):
    try:
        return await action()
    except BaseException as error:  # expect: D22
        if isinstance(error, KeyboardInterrupt):
            raise
        on_error(error)
        return None


async def outcome(action):
    try:
        value = await action()
    except BaseException as error:  # expect: D22
        return ("failed", error)
    return ("ok", value)
