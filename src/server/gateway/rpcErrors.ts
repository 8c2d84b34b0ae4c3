import { RpcFailure } from '../base/jsonRpcSocket';
import { Refusal } from '../domain/refusal';
import { HumanError } from '../base/errors';
import { RpcError } from '../protocol/version';

/** A refusal as the JSON-RPC error that the other end gets. */
export function describeRefusal(error: unknown): RpcFailure | undefined {
  if (error instanceof Refusal) {
    const gap = error.data?.expected !== undefined;
    return new RpcFailure(error.message, gap ? RpcError.gap : RpcError[error.code], error.data);
  }
  return error instanceof HumanError
    ? new RpcFailure(error.message, RpcError.unavailable, error.phrase && { phrase: error.phrase })
    : undefined;
}
