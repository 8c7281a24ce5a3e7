from .argument import boundary as boundary
from .argument import claims as claims
from .argument import compare as compare
from .argument import experiment as experiment
from .argument import explain as explain
from .case import Scenario as Scenario
from .case import check as check
from .case import new as new
from .case import parameters as parameters
from .case import scenario as scenario
from .case import scenarios as scenarios
from .case import schema as schema
from .engine import EscalationModel as EscalationModel
from .evidence import calibrate as calibrate
from .evidence import forecast as forecast
from .evidence import game as game
from .evidence import import_acled as import_acled
from .evidence import record as record
from .evidence import score as score
from .evidence import validate as validate
from .exploration import discover as discover
from .exploration import robustness as robustness
from .exploration import sensitivity as sensitivity
from .figures import plot as plot
from .figures import report as report
from .lesson import page as page
from .lesson import play as play
from .results import Results as Results
from .results import StoredRun as StoredRun
from .results import StoredSweep as StoredSweep
from .results import open as open  # noqa: A004
from .results import simulate as simulate
from .results import sweep as sweep
from .results import trace as trace
from .support import InputError as InputError
from .support import RedlineError as RedlineError

__version__: str
