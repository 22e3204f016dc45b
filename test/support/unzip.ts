// What lies in a zip file? Its files as texts, by name.
import { buffer } from 'node:stream/consumers';
import { fromBuffer } from 'yauzl';

export async function unzip(file: Buffer): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    fromBuffer(file, { lazyEntries: true }, (error, zip) => {
      if (error) {
        reject(error);
        return;
      }
      zip.on('entry', (entry: { fileName: string }) => {
        zip.openReadStream(entry as never, (fault, stream) => {
          if (fault) {
            reject(fault);
            return;
          }
          buffer(stream).then((content) => {
            found.set(entry.fileName, content.toString());
            zip.readEntry();
          }, reject);
        });
      });
      zip.on('end', resolve).on('error', reject);
      zip.readEntry();
    });
  });
  return found;
}
