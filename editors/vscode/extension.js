// Starts `imnnc lsp` for sources, and ends it with the editor.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate() {
  const command = workspace.getConfiguration("imnnc").get("command");
  client = new LanguageClient(
    "imnnc",
    "imnnc",
    { command, args: ["lsp"] },
    {
      documentSelector: [{ language: "imnn" }],
      synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.imnn") },
    },
  );
  await client.start();
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
