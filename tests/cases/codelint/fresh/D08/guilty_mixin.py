"""Three mixins deep, the report waits for a file."""


class FileMixin:
    def _dump(self, name: str, text: str) -> None:
        with open(f"/var/lib/bot/{name}", "w", encoding="utf-8") as handle:
            handle.write(text)


class ReportMixin(FileMixin):
    def _report(self, lines: list[str]) -> None:
        self._dump("report.txt", "\n".join(lines))


class Daily(ReportMixin):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def _finish(self) -> None:
        self._report(self.lines)

    async def at_midnight(self) -> None:
        self._finish()  # expect: D08

    async def at_stop(self, reason: str) -> None:
        self.lines.append(reason)
        self._report(self.lines)  # expect: D08
