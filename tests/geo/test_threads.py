"""Several threads ask the same layers at once: GEOS must not be asked about one prepared geometry by two of them."""

import os
import subprocess
import sys

CODE = """
import random
from concurrent.futures import ThreadPoolExecutor
import shapely
from geo.deployment import Deployment
from geo.settings import Settings

def layers():
    found = Deployment.open(Settings.from_environment()).store.snapshot().layers.values()
    return [layer for layer in found if getattr(layer, "placed", None)]

chance, asked = random.Random(1), []
for _ in range(400):
    x, y = chance.uniform(127.6, 131.2), chance.uniform(42.1, 44.3)
    asked.append((shapely.Point(x, y), shapely.box(x - 0.03, y - 0.03, x + 0.03, y + 0.03)))
some = layers()
alone = [[layer.around(*one) for layer in some] for one in asked]
fresh = layers()
with ThreadPoolExecutor(8) as threads:
    rounds = [threads.submit(lambda: [[layer.around(*one) for layer in fresh] for one in asked]) for _ in range(8)]
    print(sum(one.result() == alone for one in rounds))
"""


def test_eight_threads_get_the_answers_of_one(own):
    environment = {**os.environ, "FENQU_LAYERS": str(own.layers)}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "8\n")
