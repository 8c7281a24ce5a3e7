"""The lesson in a headless browser: its first picture, from key to picture, its engine's speed.

Run by ``make bench``; needs Chromium.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

from bench import STANDOFF, median, say, seconds
from playwright.sync_api import sync_playwright

from redline.case.scenario_file import load_scenario
from redline.lesson.lesson_page import lesson_html
from redline.results.simulation import simulate
from redline.results.tallies import warm_up

KNOBS = {5: "cost of war", 7: "loyalty", 8: "challenges", 9: "sandbox"}
STATE = {
    "guess": {"locked": True, "war": 1, "usual": "quiet", "provoked": 0.5},
    "cost": {"locked": True, "war": [1] * 5, "provoked": [1] * 5},
    "loyalty": {"locked": True, "guess": "more"},
}
GO = """state => { location.hash =
  `#${redline.LESSON.id}.` + btoa(JSON.stringify(state)).replace(/=+$/, ""); }"""
KEY = """async () => {
  const slider = document.querySelector("main .slider input"), taken = [];
  for (let i = 0; i < 21; i++) {
    await new Promise((done) => setTimeout(done, 350));
    const began = performance.now();
    slider.stepUp();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    taken.push(performance.now() - began);
  }
  return taken;
}"""
ENGINE = """count => {
  redline.simulate(redline.LESSON.world, 1, count);
  const began = performance.now();
  redline.simulate(redline.LESSON.world, 1, count);
  return (performance.now() - began) / 1000;
}"""
FIRST = """() => new Promise((done) =>
  requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"""


def main():
    """Measure in one browser, one page after another."""
    print("The lesson (headless Chromium)")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("  no Chromium is installed: not measured")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "lesson.html"
        built = seconds(
            lambda: path.write_text(
                lesson_html(STANDOFF, load_scenario("talks_2021")), encoding="utf-8"
            )
        )
        say("building the page", f"{built:.1f}", "s")
        say("its size", f"{path.stat().st_size / 1000:.0f}", "kB")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def first_picture():
            page = browser.new_page()
            page.goto(path.as_uri())
            taken = page.evaluate(FIRST)
            assert page.locator("main figure svg").first.is_visible()
            page.close()
            return taken

        say("from opening to the first picture", f"{median(first_picture):.0f}", "ms")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        for screen, name in KNOBS.items():
            page.evaluate(GO, {**STATE, "screen": screen})
            page.wait_for_timeout(1000)
            if screen == 9:
                page.locator(".knobs summary").first.click()
                page.locator(".knobs .slider").first.wait_for()
            taken = page.evaluate(KEY)
            worst = f"{max(taken):.0f} at most"
            say(
                f"key to picture, 200 replicates, {name}",
                f"{statistics.median(taken):.0f}",
                f"ms, {worst}",
            )
        warm_up()
        here = min(simulate(STANDOFF, 2000, workers=1).seconds for _ in range(3))
        there = min(page.evaluate(ENGINE, 2000) for _ in range(3))
        say("time of the browser's engine / the batch engine's, one thread", f"{there / here:.1f}")
        browser.close()


if __name__ == "__main__":
    main()
