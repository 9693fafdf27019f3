"""The commands. `bin/<command>` and the Makefile call this; see README.md."""

import os
import sys

for name in ("PYTHONPATH", "PYTHONHOME"):  # ours alone: pip, Odoo and npm must not inherit it
    os.environ.pop(name, None)

from ground.say import GroundError, fail  # noqa: E402


def main(arguments: list[str]) -> int:
    if not arguments:
        fail("no command given; make help tells them.")
        return 2
    command, *rest = arguments
    from ground import commands

    handler = commands.COMMANDS.get(command)
    if handler is None:
        fail(f"there is no command {command}; make help tells them.")
        return 2
    try:
        return handler(rest) or 0
    except GroundError as error:
        fail(str(error))
        return 1
    except KeyboardInterrupt:
        fail("interrupted; run the same command again to go on.")
        return 130
    except OSError as error:
        if error.errno == 28:
            fail(
                "the disk is full: free about 3 GB and run the same command again, it goes on where it stopped."
            )
            return 1
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
