from pathlib import Path


def read_tree(folder, depth):
    if depth == 0:
        return []
    return [row for name in folder.names for row in read_node(folder, name, depth)]


def read_node(folder, name, depth):
    if name.endswith("/"):
        return read_tree(folder.child(name), depth - 1)
    return load_lines(name)


def load_lines(name):
    return Path(name).read_text(encoding="utf-8").splitlines()


async def restore(folder):
    return read_tree(folder, 8)  # expect: D08
