// How does a file go out that is made while it is sent? In pieces, as fast as the reader takes them.
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Response } from 'express';

export interface Download {
  /** The file's name: letters, digits, dots and dashes. */
  name: string;
  type: string;
  stream: Readable;
}

/** Ends when all of it has gone. What fails on the way cuts the connection, so that half a file is not taken for a whole one. */
export async function sendDownload(res: Response, { name, type, stream }: Download): Promise<void> {
  res.status(200);
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Disposition', `attachment; filename="${name}"`);
  if (res.req.method === 'HEAD') {
    stream.destroy();
    res.end();
    return;
  }
  try {
    await pipeline(stream, res);
  } catch (error) {
    // Whoever closed the browser meanwhile is no fault.
    if (!res.req.destroyed || (error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
