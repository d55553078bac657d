"""Success and failure conditions of analysis metrics: the expression language, its types, and what a result makes."""
