// Reads one event stream and prints what it hears, one JSON object a line. The order is the last argument.
import { createRequire } from "node:module";
import { join } from "node:path";

const order = JSON.parse(process.argv.at(-1));
const { EventSource } = createRequire(join(order.modules, "index.js"))("eventsource");
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");

const source = new EventSource(order.url, {
	fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...order.headers } }),
});
source.onopen = () => say({ kind: "open" });
source.onerror = (event) => say({ kind: "error", status: event.code ?? 0, data: event.message ?? "" });
for (const name of order.names) {
	source.addEventListener(name, (event) => say({ kind: "message", name, id: event.lastEventId, data: event.data }));
}
