"""The rules in the archive: written once by operators, read once by each container."""

from mpl_export.archive.layout import rules_key
from mpl_export.archive.objects import NoSuchObjectError, Objects
from mpl_export.errors import AwsRefusedError, ConfigurationError
from mpl_export.rules.rules import NO_RULES, Noted, Rules

_ADVICE = "put rules that hold with `make rules FILE=...`"


class StoredRules:
    """The rules of one tenant.  An object never changes, so what was read of it is kept."""

    def __init__(self, objects: Objects, tenant: str) -> None:
        self._objects = objects
        self._tenant = tenant
        self._known: tuple[int, Rules] | None = None

    def get(self, noted: Noted | None) -> Rules:
        """The rules that the checkpoint notes; none are no rules.

        Raises:
            ConfigurationError: There is no such object, or it holds no rules; names it.
            ExportError: AWS refuses or fails.
        """
        if noted is None:
            return NO_RULES
        if self._known is None or self._known[0] != noted.number:
            self._known = (noted.number, self._read(rules_key(self._tenant, noted.number)))
        return self._known[1]

    def _read(self, key: str) -> Rules:
        # Imported here because most tenants have no rules, and a cold start takes 6 ms less.
        from mpl_export.rules.parse import parse_rules  # noqa: PLC0415
        from mpl_export.rules.problems import RulesError  # noqa: PLC0415

        try:
            return parse_rules(self._objects.get(key).decode())
        except AwsRefusedError as error:
            # Who may not list is not told whether an object is missing.
            if error.code != "AccessDenied" or "KMS" in str(error):
                raise
            raise ConfigurationError(f"{error}; or it was deleted: then {_ADVICE}") from error
        except NoSuchObjectError as error:
            raise ConfigurationError(
                f"the rules {key} are in force and do not exist; {_ADVICE}"
            ) from error
        except (RulesError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, RulesError) else "it is not UTF-8"
            raise ConfigurationError(
                f"the rules {key} cannot be understood: {why}; {_ADVICE}"
            ) from error
