"""What can go wrong, as codes with values; one table at the door makes a status and a sentence of each."""

from __future__ import annotations


class DomainError(Exception):
    """Base: `code` picks the sentence, `values` fill its holes, `field` names the input to mend."""

    code = "error"

    def __init__(self, field: str | None = None, **values: object) -> None:
        """Keep the field and the values for the sentence."""
        super().__init__(self.code)
        self.field = field
        self.values = values


class NotAllowed(DomainError):  # noqa: N818 - reads as the refusal it is
    """This role may not do this here."""

    code = "not_allowed"


class NotFound(DomainError):  # noqa: N818 - reads as the refusal it is
    """There is nothing of that name that the asker may see."""

    code = "not_found"


class StepImpossible(DomainError):  # noqa: N818 - reads as the refusal it is
    """The case is not in a state from which this step can be taken."""

    code = "step_impossible"


class DecisionReserved(DomainError):  # noqa: N818 - reads as the refusal it is
    """Agencies refused the case so often that only a supervisor may decide how it goes on."""

    code = "decision_reserved"


class StaleCase(DomainError):  # noqa: N818 - reads as the refusal it is
    """Somebody changed the case after the page was opened; `values['since']` is the version that was shown."""

    code = "stale_case"


class StaleRecord(DomainError):  # noqa: N818 - reads as the refusal it is
    """Somebody changed an account, agency, category or the settings after the form was opened."""

    code = "stale_record"


class InvalidInput(DomainError):  # noqa: N818 - reads as the refusal it is
    """A value cannot be taken; `values['reason']` is the key of the sentence that says why and what to do."""

    code = "invalid_input"


class FileRefused(DomainError):  # noqa: N818 - reads as the refusal it is
    """A file cannot be taken; values: `name`, `reason`."""

    code = "file_refused"


class FileHeld(DomainError):  # noqa: N818 - reads as the refusal it is
    """A file is there and may not be opened: it is still being checked, or in quarantine; values: `reason`."""

    code = "file_held"


class StoreAway(DomainError):  # noqa: N818 - reads as the fact it is
    """The place where files lie cannot be reached or written; values: `why`, for the log."""

    code = "store_away"

    def __str__(self) -> str:
        """With the reason: workers keep this text beside the promise."""
        return f"{self.code}: {self.values.get('why', '')}"


class SignInFailed(DomainError):  # noqa: N818 - reads as the refusal it is
    """Wrong name or password, or too many tries; values may hold `wait_seconds`."""

    code = "sign_in_failed"
