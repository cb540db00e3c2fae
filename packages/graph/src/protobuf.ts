/** Writes protocol buffers: varints, floats, bytes and nested messages. Knows nothing of ONNX. */

const text = new TextEncoder();

/** One message under construction. Fields are written in the order of the calls. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** An int32, int64, enum or bool field. */
  int(field: number, value: number | bigint): this {
    this.#tag(field, 0);
    return this.#varint(BigInt(value));
  }

  float(field: number, value: number): this {
    this.#tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#raw(bytes);
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    return this.#varint(BigInt(value.length)).#raw(value);
  }

  message(field: number, value: Message): this {
    this.#tag(field, 2);
    this.#varint(BigInt(value.#size));
    for (const part of value.#parts) this.#raw(part);
    return this;
  }

  encode(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt(field * 8 + wireType));
  }

  /** Seven bits a byte, the lowest first; negative numbers as 64 bits of two's complement. */
  #varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return this.#raw(Uint8Array.from(bytes));
  }

  #raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return this;
  }
}
