"""The hub's errors (docs/errors.md): whose doing it was, then which fault.

Errors of the protocol itself (bad bytes, bad signatures) are ``sync.errors``; a course folder's
are ``content.model.errors``. ``status`` is what the web answers, ``code`` is stable in logs and
pages.
"""


class HubError(Exception):
    """Base of everything that ``hub`` raises on purpose."""

    code = "hub-error"
    status = 500


class InputError(HubError):
    """What a person or a file gave us is wrong; the text says what to do."""

    code = "bad-input"
    status = 400


class MachineError(HubError):
    """This machine or its installation is not as the hub needs it."""

    code = "machine"
    status = 500


class HubPortTaken(MachineError):
    """The port that stations ask for cannot be opened; starting again would not help."""

    code = "port-taken"

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"端口 {port} 打不开：关掉占着它的程序，或在 hub.toml 里改 port / cannot open port "
            f"{port}: close the program that holds it, or set another port in hub.toml ({reason})"
        )


class UnknownUnit(InputError):
    """No unit of the organisation tree has this code."""

    code = "unknown-unit"
    status = 404

    def __init__(self, unit: str) -> None:
        super().__init__(f"no unit has the code {unit!r}; import the organisation first")
        self.unit = unit


class UnknownStation(InputError):
    """No station has this number or code."""

    code = "unknown-station"
    status = 404

    def __init__(self, station: str) -> None:
        super().__init__(f"no station {station!r}")
        self.station = station


class StationTaken(InputError):
    """A node of this station is at work already."""

    code = "station-taken"
    status = 409

    def __init__(self, station: str, node: int) -> None:
        super().__init__(
            f"node {node} of station {station!r} is at work; replace it if its disk is lost"
        )
        self.station = station
        self.node = node


class LicenceCounted(InputError):
    """A course that is licensed for a number of stations is not copied: copies are not counted."""

    code = "licence-counted"
    status = 409

    def __init__(self, course: str, allowed: int) -> None:
        super().__init__(f"{course!r} is licensed for {allowed} stations; a copy would add as many")
        self.allowed = allowed


class MissingColumn(InputError):
    """No heading of the file could be recognised as a column that is needed."""

    code = "missing-column"

    def __init__(self, column: str, headings: tuple[str, ...]) -> None:
        super().__init__(f"no column for {column!r} among {', '.join(headings) or 'no headings'}")
        self.column = column
        self.headings = headings


class KeyAway(InputError):
    """Releases of these courses are signed with a key that is not on this machine."""

    code = "key-away"
    status = 409

    def __init__(self, role: str, course: str) -> None:
        super().__init__(
            f"releases of {course!r} are signed by {role!r}, whose key is not here; "
            "publish with: xuezhan-hub course publish FOLDER --key FILE"
        )
        self.role = role
        self.course = course


class TrustRefused(InputError):
    """Keys or signatures are not as a change of trust needs them; nothing was changed."""

    code = "trust-refused"
    status = 409


class NotInitialised(MachineError):
    """The data folder holds no hub yet."""

    code = "not-initialised"

    def __init__(self, data: str) -> None:
        super().__init__(f"{data} holds no hub; run: xuezhan-hub --data {data} init")
        self.data = data


class AlreadyInitialised(MachineError):
    """The data folder already holds a hub, whose key must not be replaced."""

    code = "already-initialised"

    def __init__(self, data: str) -> None:
        super().__init__(f"{data} already holds a hub; its key is kept")
        self.data = data


class RestoreUnfinished(MachineError):
    """A restore was cut off while the old hub and the new one changed places."""

    code = "restore-unfinished"

    def __init__(self, data: str) -> None:
        super().__init__(
            f"{data} 里的恢复做到一半断了，请带 --replace 再恢复一次；原来的枢纽在 replaced_… 里 / "
            f"a restore into {data} was cut off: run it again with --replace; the hub that was "
            "there is in replaced_…"
        )


class BadSetting(MachineError):
    """hub.toml names an unknown setting or gives one a wrong value."""

    code = "bad-setting"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"hub.toml: {name}: {why}")
        self.name = name


class StoreUnavailable(MachineError):
    """The database did not take or give anything: busy for long, disk full, or not there."""

    code = "store-unavailable"
    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(f"the database is not available: {why}")


class TooMany(HubError):
    """One source asked too often; it may ask again after ``again_s``."""

    code = "too-many"
    status = 429

    def __init__(self, again_s: int) -> None:
        super().__init__(f"too many tries, again in {again_s} s")
        self.again_s = again_s


class DatabaseNewer(MachineError):
    """A newer release made the tables; nothing was touched."""

    code = "database-newer"

    def __init__(self, address: str, revision: str) -> None:
        super().__init__(
            f"a newer release made the tables of {address} (revision {revision}), and nothing was"
            " touched; install that release again"
        )
        self.revision = revision


class DatabaseEmpty(MachineError):
    """The folder's hub is not in the database that it names; nothing was made there."""

    code = "database-empty"

    def __init__(self, data: str, address: str) -> None:
        super().__init__(
            f"{data} holds a hub, but there is none in {address}, and nothing was made there;"
            " correct `database` in hub.toml, or restore the database from its backup"
        )


class NameTaken(InputError):
    """An account of this name exists, or the name is empty."""

    code = "name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"an account needs a name that nobody has, not {name!r}")
        self.name = name


class NotSetAside(InputError):
    """Nothing that this station said of this learner is kept apart."""

    code = "not-set-aside"
    status = 404

    def __init__(self, node: int, learner: str) -> None:
        super().__init__(f"nothing of {learner!r} from node {node} waits to be counted")


class NotYourUnit(InputError):
    """There is no such unit, or it is outside the account's scope."""

    code = "not-your-unit"

    def __init__(self, unit: str) -> None:
        super().__init__(f"no unit {unit!r} below yours")
        self.unit = unit


class NotAllowed(InputError):
    """It is there, and not this person's to change (docs/rights.md)."""

    code = "not-allowed"
    status = 403

    def __init__(self) -> None:
        super().__init__("your role does not allow this here; see docs/rights.md")


class CourseOfAnother(InputError):
    """A course belongs to the unit that published it first; another unit takes another id."""

    code = "course-of-another"
    status = 403

    def __init__(self, course: str, unit: str) -> None:
        super().__init__(f"course {course!r} belongs to {unit}; copy it under an id of your own")
        self.course = course
        self.unit = unit


class NoSuchBank(InputError):
    """There is no question bank of this number that the account sees."""

    code = "no-such-bank"
    status = 404

    def __init__(self, bank: int) -> None:
        super().__init__(f"no question bank {bank}")
        self.bank = bank


class NoSuchMaterial(InputError):
    """There is no material of this number that the account sees."""

    code = "no-such-material"
    status = 404

    def __init__(self, material: int) -> None:
        super().__init__(f"no material {material}")
        self.material = material


class UploadGone(InputError):
    """A file that was to be decided on is not kept any more."""

    code = "upload-gone"
    status = 404

    def __init__(self) -> None:
        super().__init__("the uploaded file is no longer kept; upload it again")
