"""``python -m wechat_simulator --port 8075 --callback http://127.0.0.1:8069/dealer_wechat/cb/…``"""

import argparse
import threading

from .demo import fill
from .server import Simulator


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for WeChat that anyone can run.")
    parser.add_argument("--port", type=int, default=8075)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--callback", default="", help="where the demo's account sends messages and events"
    )
    chosen = parser.parse_args()
    with Simulator(chosen.port, chosen.host) as platform:
        fill(platform.world, chosen.callback)
        print(f"WeChat's stand-in: {platform.url}/phone  {platform.url}/wecom", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
