from .argument import compare as compare
from .argument import explain as explain
from .case import Scenario as Scenario
from .case import load_scenario as load_scenario
from .case import vary as vary
from .engine import EscalationModel as EscalationModel
from .results import Results as Results
from .results import StoredRun as StoredRun
from .results import StoredSweep as StoredSweep
from .results import grouped as grouped
from .results import load_results as load_results
from .results import simulate as simulate
from .results import sweep as sweep
from .results import trace as trace
from .support import InputError as InputError
from .support import RedlineError as RedlineError

__version__: str
