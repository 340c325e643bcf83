"""An exchange in a box: real protocols, real matching, hedge-mode legs, and faults on demand."""
