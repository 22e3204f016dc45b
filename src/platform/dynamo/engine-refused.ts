// Why can't the embedded engine be had?

/** The engine can't be started on this DATA_DIR; the message is one line that says what to do. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';
}
