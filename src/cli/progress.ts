import type { Ora } from "ora";
import type { RunHooks } from "../session/options.js";

/** A command that ends sooner shows nothing. */
const FIRST_SHOWN_MS = 200;
/** Off a terminal, one plain line this often. */
const PLAIN_LINE_MS = 10_000;

export interface Progress extends Required<RunHooks> {
  /** Removes the line; must be called before anything else is printed. */
  stop(): void;
}

/** Shows on stderr what a command is doing: one changing line on a terminal, else a plain line every ten seconds. */
export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let line = "";
  let spinner: Ora | null = null;
  let stopped = false;

  const showSpinner = async (): Promise<void> => {
    const { default: ora } = await import("ora");
    // ora would put the terminal into raw mode, in which Ctrl-C is no signal.
    if (!stopped) spinner = ora({ stream, discardStdin: false, text: line }).start();
  };
  // A pseudo-terminal may say that it has no columns; ora then clears lines for ever.
  const timer =
    stream.isTTY && stream.columns > 0
      ? setTimeout(() => void showSpinner(), FIRST_SHOWN_MS)
      : setInterval(() => line && stream.write(`linqu: ${line}\n`), PLAIN_LINE_MS);
  timer.unref();

  return {
    progress(phase, text) {
      line = text ? `${phase}: ${text}` : phase;
      if (spinner) spinner.text = line;
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      spinner?.stop();
    },
  };
}
