//! ministack, a second emulator: it knows types of organization policies that moto does not.

use super::server::Emulator;
use crate::python::Packages;

/// Pinned, as moto is. MIT; its own packages are those that moto has, and a web server.
pub(super) const PACKAGES: Packages = Packages { what: "ministack 1.5.33", locked: include_str!("ministack.lock") };

/// ministack as a server.
pub(super) const MINISTACK: Emulator = Emulator { name: "ministack", program: PROGRAM, settings: &[], look: "/_ministack/health" };

/// Starts it on loopback, and ends it when stdin ends, as moto is.
const PROGRAM: &str = "\
import os, sys, threading
os.environ.update(BIND_HOST='127.0.0.1', GATEWAY_PORT=sys.argv[4])
def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end_with_parent, daemon=True).start()
del sys.argv[1:]
from ministack.app import main
main()
";
