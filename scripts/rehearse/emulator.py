"""Where does the rehearsal's cloud run? In this process: moto's server, with what it lacks put in place.

Usage: emulator.py FOLDER
Listens on a free port of 127.0.0.1, writes the address to FOLDER/address, keeps repositories in FOLDER, and ends when its
standard input ends. Besides AWS's calls it answers:
  GET  /rehearsal/resources           {stack name: {logical id: {Type, Properties, PhysicalResourceId, …}}}
  POST /rehearsal/next                {"delivery": "build-fails"} or {"resource": ["LogicalId", "reason"]}: what fails next
  POST /rehearsal/stack               {"name": …, "status": …}: puts a stack into a state
"""

import json
import logging
import os
import pathlib
import sys
import threading
import warnings

# The emulator must never ask a real cloud, whatever the environment holds.
os.environ.update(AWS_ACCESS_KEY_ID="rehearsal", AWS_SECRET_ACCESS_KEY="rehearsal")
warnings.simplefilter("ignore")

from moto.cloudformation.models import cloudformation_backends  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from emulated import resources, stacks, stand_ins  # noqa: E402
from emulated.delivery import Delivery  # noqa: E402


def all_stacks():
    for account in cloudformation_backends.values():
        for backend in account.values():
            yield from backend.stacks.values()


class Control:
    """The calls of the rehearsal itself; everything else goes to moto."""

    def __init__(self, cloud, delivery):
        self.cloud = cloud
        self.delivery = delivery

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/rehearsal/"):
            return self.cloud(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length) or "{}") if length else {}
        answer = getattr(self, path.removeprefix("/rehearsal/"))(body)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def resources(self, _body):
        return {stack.name: resources.ledger.get(stack.stack_id, {}) for stack in all_stacks()}

    def next(self, body):
        if "delivery" in body:
            self.delivery.next = body["delivery"]
        if "resource" in body:
            name, reason = body["resource"]
            resources.failing[name] = reason
        return {}

    def stack(self, body):
        for stack in all_stacks():
            if stack.name == body["name"]:
                stack.status = body["status"]
        return {}


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    delivery = Delivery(folder)
    resources.install()
    stacks.install()
    stand_ins.use_delivery(delivery)
    delivery.install()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Control(DomainDispatcherApplication(create_backend_app), delivery)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Written whole, so that who waits for the file never reads half an address.
    part = folder / "address.part"
    part.write_text(f"http://127.0.0.1:{server.server_port}\n")
    part.rename(folder / "address")
    while sys.stdin.buffer.read(1024):
        pass
    server.shutdown()


if __name__ == "__main__":
    main()
