"""What people were told of what is deployed, in DynamoDB, beside the notices.

Items, by range key, none of which ends by itself:

* ``artifacts``          the snapshot that was judged last
* ``artifact#<id>``      an artifact that people were told of that does not run
"""

from collections.abc import Collection, Mapping

from mpl_export.notifier.artifact_news import Down
from mpl_export.notifier.dynamo_table import NoticeTable, at, instant, text

_PREFIX = "artifact#"
_JUDGED = "artifacts"


class DynamoArtifactNotices:
    """What was told of the artifacts of one tenant in DynamoDB."""

    def __init__(self, table: NoticeTable) -> None:
        self._table = table

    def judged(self) -> str | None:
        """The key of the snapshot that was judged last; None before the first."""
        found: str | None = self._table.item(_JUDGED).get("key", {}).get("S")
        return found

    def down(self) -> dict[str, Down]:
        """What people were told that does not run, by id."""
        found: dict[str, Down] = {}
        for item in self._table.beginning(_PREFIX):
            since = instant(item, "since")
            if since is None:
                continue
            stopped = item["trouble"]["S"] == "stopped"
            found[item["item"]["S"].removeprefix(_PREFIX)] = Down(
                trouble="stopped" if stopped else "failed to start",
                since=since,
                deployed=instant(item, "deployed"),
            )
        return found

    def told(self, key: str, down: Mapping[str, Down], running: Collection[str]) -> None:
        """Note what people were told by a snapshot, and that it is judged.

        Args:
            down: What does not run, by id, of what was told now.
            running: The ids of what runs again.
        """
        self._table.put(
            (
                f"{_PREFIX}{artifact}",
                {
                    "trouble": text(each.trouble),
                    "since": at(each.since),
                    **({} if each.deployed is None else {"deployed": at(each.deployed)}),
                },
            )
            for artifact, each in sorted(down.items())
        )
        self._table.delete(f"{_PREFIX}{artifact}" for artifact in sorted(running))
        self._table.update(
            _JUDGED,
            "SET #key = :key",
            {":key": text(key)},
            condition="attribute_not_exists(#key) OR #key < :key",
            names={"#key": "key"},
        )
