import { connect, type Socket } from 'node:net';

interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One connection, of which a test decides every byte and sees every answer, in their order. */
export class RawConnection {
  readonly #socket: Socket;
  #heard = Buffer.alloc(0);
  #isClosed = false;
  #wake = () => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
  }

  /** Begins a request whose body comes in chunks, without a length. */
  begin(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries({ host: 'x', 'transfer-encoding': 'chunked', ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return this.#write(Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`));
  }

  /** So many bytes of the body, in chunks of 64 KiB. */
  async body(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      const size = Buffer.from(`${chunk.length.toString(16)}\r\n`);
      await this.#write(Buffer.concat([size, chunk, Buffer.from('\r\n')]));
    }
  }

  end(): Promise<void> {
    return this.#write(Buffer.from('0\r\n\r\n'));
  }

  /** The next answer, whole; throws where the connection ends before it. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer !== null) return answer;
      if (this.#isClosed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Resolves when the system has room for more: the sender is as slow as its receiver. */
  async #write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) throw new Error('the connection was closed');
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  #take(): RawAnswer | null {
    const end = this.#heard.indexOf('\r\n\r\n');
    if (end === -1) return null;
    const [first = '', ...lines] = this.#heard.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    if (this.#heard.length < bodyEnd) return null;
    const body = this.#heard.subarray(end + 4, bodyEnd).toString();
    this.#heard = this.#heard.subarray(bodyEnd);
    return { status: Number(first.split(' ')[1]), headers, body };
  }
}

const CHUNK_BYTES = 64 * 1024;
