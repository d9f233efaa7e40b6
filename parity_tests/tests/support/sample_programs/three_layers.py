import numpy as np
def sigmoid(x): return 1/(1+np.exp(-x))
def relu(x): return np.maximum(0, x)
def forward_propagation(X, parameters):
    W1, b1, W2, b2, W3, b3 = [parameters[k] for k in ("W1","b1","W2","b2","W3","b3")]
    Z1 = np.dot(W1, X) + b1; A1 = relu(Z1)
    Z2 = np.dot(W2, A1) + b2; A2 = relu(Z2)
    Z3 = np.dot(W3, A2) + b3; A3 = sigmoid(Z3)
    return A3, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
def compute_cost(a3, Y):
    m = Y.shape[1]
    return 1./m*np.nansum(-np.log(a3)*Y - np.log(1-a3)*(1-Y))
def backward_propagation(X, Y, cache):
    m = X.shape[1]
    (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
    dZ3 = A3 - Y
    dW3 = 1./m*np.dot(dZ3, A2.T); db3 = 1./m*np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3); dZ2 = dA2*(A2 > 0)
    dW2 = 1./m*np.dot(dZ2, A1.T); db2 = 1./m*np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2); dZ1 = dA1*(A1 > 0)
    dW1 = 1./m*np.dot(dZ1, X.T); db1 = 1./m*np.sum(dZ1, axis=1, keepdims=True)
    return {"dZ3": dZ3, "dW3": dW3, "db3": db3, "dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}
