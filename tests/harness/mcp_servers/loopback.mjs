// Loaded before a server that would listen on every address of the machine: it listens on loopback, on a free port
// where it names none, and tells the port to whoever started it, on the file descriptor that TELL names.
import fs from "node:fs";
import net from "node:net";

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  const [port] = given;
  const then = given.find((each) => typeof each === "function");
  this.once("listening", () => fs.writeSync(Number(process.env.TELL), `${this.address().port}\n`));
  return listen.call(this, { host: "127.0.0.1", port: Number(port) || 0 }, then);
};
