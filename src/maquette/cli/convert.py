"""``maquette convert``: a network of others as a file that a training can start from."""

from maquette.api.formats import require_free
from maquette.atomic import replacing
from maquette.cli.console import say, say_written
from maquette.cli.options import Convert
from maquette.errors import SettingError
from maquette.methods.backbone.convert import convert_network
from maquette.methods.weights import weights_to_bytes


def run(options: Convert) -> None:
    """Convert, write, and say whose work it is."""
    if options.out.suffix != ".safetensors":
        raise SettingError(f"--out '{options.out}' should end in .safetensors, as what is written is such a file")
    require_free(options.out, (options.source,))
    weights = convert_network(options.source, options.network)
    with replacing(options.out) as target:
        target.write_bytes(weights_to_bytes(weights))
    about = weights.about
    say(f"{about['origin']}; {about['licence']}; what starts from it is of the line '{about['line']}'")
    say_written((options.out,))
