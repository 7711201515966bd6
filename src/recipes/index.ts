/** Every built-in recipe. One import and one line a package, both sorted by file name. Pure. */
import astunparse from './astunparse.js';
import base from './base.js';
import boto3 from './boto3.js';
import botocore from './botocore.js';
import fonttools from './fonttools.js';
import grpcio from './grpcio.js';
import h5py from './h5py.js';
import huggingfaceHub from './huggingface-hub.js';
import jax from './jax.js';
import joblib from './joblib.js';
import keras from './keras.js';
import lightgbm from './lightgbm.js';
import llvmlite from './llvmlite.js';
import matplotlib from './matplotlib.js';
import networkx from './networkx.js';
import nltk from './nltk.js';
import numba from './numba.js';
import numpy from './numpy.js';
import onnxruntime from './onnxruntime.js';
import opencv from './opencv.js';
import pandas from './pandas.js';
import pillow from './pillow.js';
import polars from './polars.js';
import protobuf from './protobuf.js';
import pyarrow from './pyarrow.js';
import pydantic from './pydantic.js';
import safetensors from './safetensors.js';
import scikitImage from './scikit-image.js';
import scikitLearn from './scikit-learn.js';
import scipy from './scipy.js';
import sentencepiece from './sentencepiece.js';
import setuptools from './setuptools.js';
import spacy from './spacy.js';
import sqlalchemy from './sqlalchemy.js';
import statsmodels from './statsmodels.js';
import sympy from './sympy.js';
import tensorflow from './tensorflow.js';
import thinc from './thinc.js';
import tokenizers from './tokenizers.js';
import torch from './torch.js';
import torchvision from './torchvision.js';
import transformers from './transformers.js';
import xgboost from './xgboost.js';
import type { Recipe } from './recipe.js';

/** Rules for all packages come last: a package's own rule speaks first. */
export const recipes: readonly Recipe[] = [
  astunparse,
  boto3,
  botocore,
  fonttools,
  grpcio,
  h5py,
  huggingfaceHub,
  jax,
  joblib,
  keras,
  lightgbm,
  llvmlite,
  matplotlib,
  networkx,
  nltk,
  numba,
  numpy,
  onnxruntime,
  opencv,
  pandas,
  pillow,
  polars,
  protobuf,
  pyarrow,
  pydantic,
  safetensors,
  scikitImage,
  scikitLearn,
  scipy,
  sentencepiece,
  setuptools,
  spacy,
  sqlalchemy,
  statsmodels,
  sympy,
  tensorflow,
  thinc,
  tokenizers,
  torch,
  torchvision,
  transformers,
  xgboost,
  base,
];
