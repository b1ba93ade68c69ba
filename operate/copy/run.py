"""Copy an archive: say how much it is, copy, say what became of it."""

from collections import Counter
from contextlib import closing

from mpl_export.archive.layout import parts_prefix, rules_prefix, seals_prefix, source_key
from operate.archive.bucket import Bucket
from operate.archive.places import Stored, tenant_in
from operate.copy.objects import Ends, Outcome, copy_all, refuse_if_the_same
from operate.endings import Ending
from operate.voice import Voice

# List prices of us-east-1; transfer within a region is free.
_GET, _PUT = 0.0004e-3, 0.005e-3
_MOST_NAMED = 20


def copy(ends: Ends, tenant: str | None, voice: Voice) -> Ending:
    """Copy all that belongs to a tenant, seals last: they name what has to be there.

    Started again, it goes on: what is there is compared and not written.

    Args:
        tenant: By the name that its stack has for it; None for the only one that there is.

    Raises:
        StoppedError: A bucket cannot be read or written.
    """
    refuse_if_the_same(ends)
    source = Bucket(ends.source, ends.source_bucket)
    name = tenant_in(source, tenant)
    with voice.waiting(f"Listing {source.name}"):
        found = _objects_of(source, name)
        seals = list(source.objects(seals_prefix(name)))
    number = len(found) + len(seals)
    size = sum(each.size for each in (*found, *seals))
    dollars = number * (2 * _GET + _PUT)
    voice.say(
        f"{number:,} objects of {name}, {size / 1e6:,.1f} MB, to s3://{ends.target_bucket}; "
        f"requests cost up to {dollars:.2f} dollars, transfer between regions besides"
    )
    outcomes: Counter[Outcome] = Counter()
    wrong: list[str] = []
    with voice.counting("Copying", number) as count:
        for objects in (found, seals):  # a seal names what has to be there
            with closing(copy_all(ends, (each.key for each in objects))) as copied:
                for each in copied:
                    outcomes[each.outcome] += 1
                    if each.outcome in {Outcome.DIFFERS, Outcome.DAMAGED}:
                        wrong.append(f"{each.key}: {each.outcome}")
                    count(1)
    ending = Ending.FAULT if wrong else Ending.WELL
    _show(outcomes, wrong, voice)
    voice.document(
        {
            "tenant": name,
            "from": ends.source_bucket,
            "to": ends.target_bucket,
            "ending": ending.name.lower(),
            "objects": number,
            "bytes": size,
            **{outcome.value: outcomes[outcome] for outcome in Outcome},
            "wrong": wrong,
        }
    )
    return ending


def _objects_of(source: Bucket, tenant: str) -> list[Stored]:
    artifacts = f"artifacts/v1/tenant={tenant}/"
    prefixes = (
        parts_prefix(tenant),
        artifacts,
        rules_prefix(tenant),
        source_key(tenant),
    )
    return [each for prefix in prefixes for each in source.objects(prefix)]


def _show(outcomes: Counter[Outcome], wrong: list[str], voice: Voice) -> None:
    voice.say(
        f"{outcomes[Outcome.COPIED]:,} copied and read back, "
        f"{outcomes[Outcome.THERE]:,} were there already."
    )
    for each in wrong[:_MOST_NAMED]:
        voice.say(each, style="bold red")
    if wrong:
        voice.say(
            f"{len(wrong):,} objects are not as in the source.  Nothing was overwritten: a target "
            "that holds another archive of this tenant cannot take this one.",
            style="bold red",
        )
