from os import path, stat


async def model_age_s(file_name, clock):
    if not path.isfile(file_name):  # expect: D44
        return None
    return clock.now_s() - stat(file_name).st_mtime  # expect: D44
