/** The errors of graph building: every one is a mistake in the program that builds, found before anything runs. */

export type GraphErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NAME_TAKEN'
  | 'NOT_DIFFERENTIABLE'
  | 'SHAPE_MISMATCH'
  | 'TYPE_MISMATCH'
  | 'UNKNOWN_DIMENSION';

export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphErrorCode;

  constructor(code: GraphErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
