// The server's life: found a Python, started, stopped, started again. It deliberately knows no
// command but the server's own and shows nothing: others listen to its state.

import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";

import { type Discovery, discover, type Interpreter, type Surroundings } from "./interpreter";
import { type Command, type ImportStrategy, launch, strategyFor } from "./launch";
import { middleware } from "./middleware";
import { probe } from "./probe";
import type { PythonExtension } from "./pythonExtension";
import { ownSetting } from "./workspaceSettings";

export type ServerState =
  | { readonly kind: "waiting" }
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly interpreter: Interpreter; readonly version: string }
  | { readonly kind: "no Python"; readonly discovery: Exclude<Discovery, { kind: "found" }> }
  | { readonly kind: "failed"; readonly reason: string };

/** The documents that there is something to say about. */
export const DOCUMENTS: { language?: string; scheme: string; pattern?: string }[] = [
  { language: "prisma", scheme: "file" },
  { language: "prisma", scheme: "untitled" },
  { scheme: "file", pattern: "**/migrations/*/migration.sql" },
];

const MOST_CRASHES = 3;
const CRASHES_COUNT_MS = 3 * 60_000;

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ServerState>();
  /** Tells of every new state. */
  readonly onDidChangeState = this.changed.event;
  private current: ServerState = { kind: "waiting" };
  private running: LanguageClient | undefined;
  private interpreter: Interpreter | undefined;
  // Starts and stops wait for each other.
  private turn: Promise<void> = Promise.resolve();
  private nextStart: Promise<void> | undefined;
  private isWanted = false;

  constructor(
    private readonly extensionFolder: string,
    private readonly pythonExtension: PythonExtension,
    private readonly output: vscode.LogOutputChannel,
    private readonly trace: vscode.LogOutputChannel,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  /** The client, while the server runs. */
  get client(): LanguageClient | undefined {
    return this.current.kind === "running" ? this.running : undefined;
  }

  /** Starts the server if it was not started before. */
  start(): Promise<void> {
    if (this.isWanted) {
      return this.turn;
    }
    return this.restart();
  }

  /** Stops the server if it runs, looks for a Python anew, and starts it. */
  restart(): Promise<void> {
    this.isWanted = true;
    // One that waits for its turn will see whatever has changed until then.
    this.nextStart ??= this.queue(async () => {
      this.nextStart = undefined;
      await this.stopNow();
      await this.startNow();
    });
    return this.nextStart;
  }

  /** Starts the server again if it was started before: what it is started with has changed. */
  async restartIfStarted(): Promise<void> {
    if (this.isWanted) {
      await this.restart();
    }
  }

  /** Asks the server to ask for its settings again. */
  async tellSettingsChanged(): Promise<void> {
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: null });
  }

  stop(): Promise<void> {
    this.isWanted = false;
    return this.queue(() => this.stopNow());
  }

  /** Returns the command line that runs Referee with some words; undefined without a Python. */
  async commandLine(words: readonly string[]): Promise<(Command & { cwd: string }) | undefined> {
    const interpreter = this.interpreter ?? (await this.look());
    if (interpreter === undefined) {
      return undefined;
    }
    const command = launch(interpreter.path, strategy(), this.extensionFolder, words);
    return { ...command, cwd: this.folderToRunIn() };
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
  }

  // --- Starting and stopping -----------------------------------------------------------------

  private queue(step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step).catch((failure: unknown) => {
      this.output.error(String(failure));
      this.become({ kind: "failed", reason: "Referee could not be started, and its output says why." });
    });
    return this.turn;
  }

  private async startNow(): Promise<void> {
    if (!this.isWanted) {
      return;
    }
    this.become({ kind: "starting" });
    const interpreter = await this.look();
    if (interpreter === undefined) {
      return;
    }
    const { path, origin, version } = interpreter;
    this.output.info(`Python ${version.join(".")} at ${path} (${origin}), ${strategy()}`);
    const patience = new Patience(() => this.current.kind === "running");
    const client = this.newClient(interpreter, patience);
    this.running = client;
    client.onDidChangeState(({ newState }) => {
      if (this.running !== client) {
        return;
      }
      if (newState === State.Running) {
        const info = client.initializeResult?.serverInfo;
        this.become({ kind: "running", interpreter, version: info?.version ?? "" });
      } else if (newState === State.Starting || (newState === State.Stopped && patience.goesOn)) {
        this.become({ kind: "starting" });
      } else if (this.current.kind !== "failed") {
        this.become({ kind: "failed", reason: patience.complaint });
      }
    });
    try {
      await client.start();
    } catch (failure) {
      this.output.error(String(failure));
      if (this.current.kind !== "failed") {
        this.become({ kind: "failed", reason: patience.complaint });
      }
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.running;
    this.running = undefined;
    this.interpreter = undefined;
    this.become({ kind: "waiting" });
    if (client === undefined) {
      return;
    }
    try {
      if (client.isRunning()) {
        await client.stop();
      }
    } catch (failure) {
      this.output.warn(`The server did not stop as it should: ${String(failure)}`);
    } finally {
      await client.dispose().catch(() => undefined);
    }
  }

  private become(state: ServerState): void {
    this.current = state;
    this.changed.fire(state);
  }

  private newClient(interpreter: Interpreter, patience: Patience): LanguageClient {
    const { command, args } = launch(interpreter.path, strategy(), this.extensionFolder, [
      "serve",
      "--stdio",
    ]);
    const options: LanguageClientOptions = {
      documentSelector: DOCUMENTS,
      outputChannel: this.output,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticCollectionName: "referee",
      initializationOptions: { showsTrees: true },
      initializationFailedHandler: (failure) => {
        this.output.error(String(failure));
        return false;
      },
      errorHandler: patience,
      middleware,
    };
    const executable = { command, args, options: { cwd: this.folderToRunIn() } };
    return new LanguageClient("referee", "Referee", executable, options);
  }

  // --- Finding a Python ----------------------------------------------------------------------

  private async look(): Promise<Interpreter | undefined> {
    const folder = this.folderToRunIn();
    const discovery = await discover(this.surroundings(), isFile, (each) => probe(each, folder));
    if (discovery.kind !== "found") {
      this.become({ kind: "no Python", discovery });
      return undefined;
    }
    this.interpreter = discovery.interpreter;
    return discovery.interpreter;
  }

  /** Says what is known before looking for a Python. */
  surroundings(): Surroundings {
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .map(({ uri }) => uri)
      .filter(({ scheme }) => scheme === "file");
    return {
      platform: process.platform,
      setting: ownSetting("interpreter"),
      folders: folders.map(({ fsPath }) => fsPath),
      isTrusted: vscode.workspace.isTrusted,
      home: homedir(),
      searchPath: process.env["PATH"] ?? process.env["Path"] ?? "",
      chosen: () => this.pythonExtension.chosen(folders[0]),
    };
  }

  /** The folder that programs are started in: the workspace's has a say only where it is trusted. */
  folderToRunIn(): string {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
    const isUsable = folder !== undefined && existsSync(folder.uri.fsPath);
    return isUsable && vscode.workspace.isTrusted ? folder.uri.fsPath : this.extensionFolder;
  }
}

function strategy(): ImportStrategy {
  return strategyFor(ownSetting("importStrategy"), vscode.workspace.isTrusted);
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Starts a server again that ended while it ran, until it does so too often. */
class Patience implements ErrorHandler {
  /** Whether the server is started again now that it has ended. */
  goesOn = false;
  /** Says why it is not. */
  complaint = "Referee's server did not start, and its output says why.";
  private readonly crashes: number[] = [];

  constructor(private readonly isRunning: () => boolean) {}

  error(): { action: ErrorAction; handled: boolean } {
    return { action: ErrorAction.Continue, handled: true };
  }

  closed(): { action: CloseAction; handled: boolean } {
    const now = Date.now();
    this.crashes.push(now);
    const recent = this.crashes.filter((time) => now - time < CRASHES_COUNT_MS);
    this.goesOn = this.isRunning() && recent.length <= MOST_CRASHES;
    if (recent.length > MOST_CRASHES) {
      this.complaint = `Referee's server ended ${recent.length} times within a few minutes, and its output says why.`;
    }
    const action = this.goesOn ? CloseAction.Restart : CloseAction.DoNotRestart;
    return { action, handled: true };
  }
}
