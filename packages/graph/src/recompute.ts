/**
 * Trades time for memory: what is marked as cheap is made again for the backward pass, so that it need not be kept from the forward
 * pass until then. Knows nothing of any particular operator.
 */
import type { AnyTensor, Graph, Node } from './graph.js';

/**
 * The same nodes, except that those of the backward pass take copies of what is marked. The copies come first in the result; a node
 * stands behind what it takes.
 */
export function recomputeForBackward(graph: Graph, nodes: readonly Node[]): Node[] {
  const copies = new Map<Node, Node>();
  const copyOf = (node: Node): Node => {
    let copy = copies.get(node);
    if (!copy) {
      const outputs = node.outputs.map(tensor => graph.copyOf(tensor));
      copies.set(node, (copy = { ...node, inputs: node.inputs.map(substitute), outputs }));
    }
    return copy;
  };
  const substitute = (tensor: AnyTensor): AnyTensor => {
    const { producer } = tensor;
    if (!producer || !graph.isRecomputed(producer)) return tensor;
    return copyOf(producer).outputs[producer.outputs.indexOf(tensor)]!;
  };
  const substituted = nodes.map(node =>
    graph.isBackward(node) ? { ...node, inputs: node.inputs.map(substitute) } : node,
  );
  if (copies.size === 0) return [...nodes];
  // A copy takes what is not marked, or other copies, which were finished before it.
  const forward = substituted.filter(node => !graph.isBackward(node));
  const backward = substituted.filter(node => graph.isBackward(node));
  return [...forward, ...copies.values(), ...backward];
}
