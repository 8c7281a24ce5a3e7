"""Every command in a file that bears its name, with a function of that name.

A new command is such a file, and its line below.
"""

COMMANDS = {
    "run": "Simulate a scenario; print and store the distribution of outcomes.",
    "sweep": "Simulate a scenario at every point of a sweep; resumable.",
    "results": "Read a stored run or sweep: a table of measures.",
    "plot": "Draw figures of results, in three styles.",
    "report": "Write a self-contained HTML report of a run or a sweep.",
    "experiment": "Run experiments: a question, its verdict, where that changes.",
    "claims": "Test the article's argument, claim by claim.",
    "record": "Print or draw the historical record: attacks, responses, sources.",
    "validate": "Compare the stylised facts F1 to F12 with the record.",
    "score": "Score one-week-ahead predictions against the record.",
    "game": "Solve the textbook game, and compare a scenario with it.",
    "sensitivity": "Find which parameters drive a measure; resumable.",
    "discover": "Find where in a sweep's parameters a condition holds.",
    "robustness": "Find where in parameter space the claims hold; resumable.",
    "calibrate": "Calibrate the parameters to the record; resumable.",
    "forecast": "Forecast from a given day, and score the forecast.",
    "explain": "Explain every actor's choices in a week, or narrate a replicate.",
    "compare": "Compare two scenarios under common random numbers.",
    "page": "Build the classroom lesson: one self-contained HTML file.",
    "play": "Play Washington or Tehran in the terminal.",
    "scenarios": "List the built-in scenarios.",
    "parameters": "List the parameters: label, value, bounds, unit, meaning, ¶.",
    "schema": "Print the JSON schema of scenario files.",
    "check": "Check scenario files without running them.",
    "new": "Create a scenario file to start from.",
}
"""The line of every command in the help, in the order of the help."""
