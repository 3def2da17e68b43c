"""The flows in force: who begins a call takes them from here, and keeps them to its end."""

from ivr.flow import Flow, Flows

MAX_OLDER = 50
"""Older versions kept."""


class FlowBook:
    """Replaced as a whole, so that no call ever sees half of a change."""

    def __init__(self, flows: Flows) -> None:
        self.current = flows

    def replace(self, newer: Flows) -> tuple[str, ...]:
        """Put `newer` in force for new calls; names of those that are new, changed or gone."""
        old, new = self._versions(self.current), self._versions(newer)
        changed = sorted(name for name in old | new if old.get(name) != new.get(name))
        if changed:
            replaced = self.current.replaced_by(newer)
            older = dict(list(replaced.older.items())[-MAX_OLDER:])
            self.current = Flows(replaced.current, older, replaced.warnings)
        return tuple(changed)

    def versions(self) -> dict[str, str]:
        """Name to content hash, of those in force."""
        return self._versions(self.current)

    @staticmethod
    def _versions(flows: Flows) -> dict[str, str]:
        found: dict[str, Flow] = dict(flows.current)
        return {name: flow.version for name, flow in found.items()}
