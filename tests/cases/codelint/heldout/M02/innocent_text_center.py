"""Strings and plots are centred as they like."""


def header(text: str) -> str:
    return text.center(100)


def legend(axes):
    axes.legend(loc="upper center")
    axes.annotate("entry", center=True)
