"""Every command in a file that bears its name, with a function of that name.

A new command is such a file, and its line below.
"""

COMMANDS = {
    "run": "Simulate a scenario; print and store its outcome distribution.",
    "sweep": "Simulate a scenario at every point of its sweep; resumable.",
    "results": "Read results: a table over the swept addresses.",
    "plot": "Draw results: figures of every kind, in three styles.",
    "report": "Tell results in one HTML file that needs nothing else.",
    "experiment": "Run experiments: a question, a verdict, its boundary.",
    "claims": "Run the argument claim by claim: the ledger of verdicts.",
    "record": "Print and draw the record: attacks, answers, sources.",
    "validate": "Set the stylised facts F1 to F12 beside the record.",
    "score": "Score the model one week ahead of the record.",
    "game": "Solve the textbook game, and set a scenario beside it.",
    "sensitivity": "Find which parameters carry a measure; resumable.",
    "discover": "Find where in its parameters a sweep shows something.",
    "robustness": "Find where in parameter space the claims hold; resumable.",
    "calibrate": "Find what the record allows: a posterior; resumable.",
    "forecast": "Forecast what follows a day, and score it.",
    "explain": "Say why every actor did what it did; or tell a replicate's story.",
    "compare": "Compare two worlds under the same chance.",
    "page": "Build the lesson: one HTML file to play, predict and break.",
    "play": "Take Washington's or Tehran's chair, in the terminal.",
    "scenarios": "List the built-in scenarios.",
    "parameters": "List parameters: unit, bounds, default, meaning, ¶.",
    "schema": "Print the JSON schema of scenario files.",
    "check": "Check scenario files without running them.",
    "new": "Start a scenario file.",
}
"""The line of every command in the help, in the order of the help."""
