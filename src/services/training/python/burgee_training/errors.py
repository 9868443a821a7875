"""What can go wrong that is nobody's mistake in this program."""


class DataError(ValueError):
    """The data cannot be used. The message names the file, the line where one is at fault, and quotes nothing of it."""


class CheckpointError(ValueError):
    """A checkpoint cannot be read, or is of another job."""


class FolderBusy(RuntimeError):
    """Another job writes its checkpoints into the folder."""


class DeviceError(RuntimeError):
    """The strategy, the device and this machine's torch do not go together."""


class Diverged(ArithmeticError):
    """The loss or the gradients are not finite."""


class OtherRankFailed(RuntimeError):
    """This rank ends because another one failed."""
