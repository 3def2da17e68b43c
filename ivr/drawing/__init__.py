"""Pictures of flows: a graph of nodes, laid out in layers, as SVG or Mermaid."""
